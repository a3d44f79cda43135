using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Benchmarks.Serving;

/// <summary>
/// The server over loopback: what it adds to the engine called directly for a series, how fast it takes files, many clients
/// at once, and how long from its start to the first health check that says SERVING. Arguments: turns, slices, and one of uploads, clients, added, start for that alone.
/// </summary>
internal static class ServerBenchmark
{
    public static void Run(string[] args) => RunAsync(args).GetAwaiter().GetResult();

    private static async Task RunAsync(string[] args)
    {
        var turns = args is [var count, ..] ? int.Parse(count) : 3;
        var slices = args is [_, var number, ..] ? int.Parse(number) : 100;
        bool Wanted(string part) => args is not [_, _, var only] || only == part;
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}");
            var (models, series) = (Directory.CreateDirectory(Path.Combine(folder, "models")).FullName, Path.Combine(folder, "series"));
            DicomBenchmark.Write(series, slices);
            FullWidth(Path.Combine(models, "full.safetensors"));

            await using (var server = await BenchServer.StartAsync(Path.Combine(folder, "data"), models))
            {
                if (Wanted("uploads"))
                    await UploadRate.MeasureAsync(server, series, folder, turns);
                if (Wanted("clients"))
                    await ManyClients.MeasureAsync(server, Path.Combine(BenchServer.Root, "testdata", "ct-nodule"));
                foreach (var model in Wanted("added") ? ["ct-lung-nodule", "full"] : Array.Empty<string>())
                    await AddedTime.MeasureAsync(server, model, series, slices, turns);
            }

            if (Wanted("start"))
                await StartUp.MeasureAsync(Path.Combine(folder, "fresh"), turns);
            Console.WriteLine($"load after {Machine.Load()}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A model of random weights with the size of the published one; windows of 128 x 128 pixels.</summary>
    private static void FullWidth(string path)
    {
        var bundled = new ModelStore(ModelStore.Bundled).Find("ct-lung-nodule").Descriptor;
        using var network = new MultiRaterNetwork(bundled.Network with { Width = 64 });
        NetworkWeights.Save(network, path, (bundled with { Id = "full", Network = network.Options }).ToMetadata());
    }
}
