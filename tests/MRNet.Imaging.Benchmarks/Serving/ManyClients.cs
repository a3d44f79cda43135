using System.Diagnostics;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Benchmarks.Serving;

/// <summary>32 clients, each with a connection of its own and one request after another, against one runner.</summary>
internal static class ManyClients
{
    private const int Clients = 32;
    private const int Each = 4;

    public static async Task MeasureAsync(BenchServer server, string series)
    {
        var files = Directory.GetFiles(series);
        await OneAsync(server, files, requests: 2); // the model is loaded and the code compiled
        GC.Collect();
        Machine.ResetPeak();
        var before = Machine.PeakMb();

        var clock = Stopwatch.StartNew();
        var waits = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => OneAsync(server, files, Each))));
        var seconds = clock.Elapsed.TotalSeconds;

        var means = waits.Select(mine => mine.Average()).Order().ToArray();
        Console.WriteLine(FormattableString.Invariant(
            $"{Clients} clients x {Each} requests of {files.Length} slices: {waits.Sum(mine => mine.Count)} of {Clients * Each} answered, {Clients * Each / seconds:0.0} a second; mean wait of a client {means[0]:0.00} to {means[^1]:0.00} s ({means[^1] / means[0]:0.00} times), longest {waits.Max(mine => mine.Max()):0.00} s; memory of server and clients {before:0} MB before, {Machine.PeakMb():0} MB at most; load {Machine.Load()}"));
    }

    /// <returns>Seconds of each answer.</returns>
    private static async Task<List<double>> OneAsync(BenchServer server, string[] files, int requests)
    {
        using var client = server.Connect();
        var waits = new List<double>();
        for (var i = 0; i < requests; i++)
        {
            var clock = Stopwatch.StartNew();
            await client.SegmentAsync(files, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.Uncertainty } });
            waits.Add(clock.Elapsed.TotalSeconds);
        }

        return waits;
    }
}
