using System.Diagnostics;
using MRNet.Dicom;
using MRNet.Imaging.Client;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>Many clients at once, each with a series of its own, more than the server receives at once: all end. Fair shares are tested in Server.Tests (FairQueueTests). MRNET_CLIENTS sets how many.</summary>
public sealed class ManyClientsTests : IDisposable
{
    private static readonly int Clients = Campaign.Size("MRNET_CLIENTS", quick: 20, full: 100);

    /// <summary>512 x 512 pixels of two bytes: 40 slices are 20 MB.</summary>
    private static readonly int Slices = Campaign.IsFull ? 40 : 4;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task All_end_and_nothing_is_kept_open()
    {
        var series = Series();
        await using var server = await InProcessServer.StartAsync(change: options => options with { Jobs = options.Jobs with { Runners = 2 } });
        using (var first = server.Connect())
            await first.SegmentAsync(series, ImageKind.Dicom, InProcessServer.Request());
        var (memory, files) = (Environment.WorkingSet, Files());

        var (most, clock, refused) = (memory, Stopwatch.StartNew(), 0);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using var client = server.Connect();
            refused += await SegmentAsync(client, series);
            most = Math.Max(most, Environment.WorkingSet);
        }));

        var took = clock.Elapsed;
        await server.IdleAsync();
        for (var tries = 100; tries > 0 && Files() > files + 20; tries--)
            await Task.Delay(100); // closed connections linger
        Campaign.Tell("clients at once", FormattableString.Invariant($"{Clients} with {series.Length} slices each ({series.Sum(file => new FileInfo(file).Length) / 1e6:0} MB): all answered in {took.TotalSeconds:0} s, {refused} asked to come again; memory {memory >> 20} MiB before, {most >> 20} at most, open files {files} before, {Files()} after (client and server in one process)"));
        Assert.InRange(most, 0, memory + (2L << 30));
        Assert.InRange(Files(), 0, files + 20);
        await server.StopAsync();
        Assert.Empty(server.Verify().Findings);
    }

    /// <returns>How often it was told to come again.</returns>
    private static async Task<int> SegmentAsync(MrnetClient client, string[] series)
    {
        for (var refused = 0; ; refused++)
            try
            {
                var answer = await client.SegmentAsync(series, ImageKind.Dicom, InProcessServer.Request());
                Assert.NotNull(answer.Map(Output.Mask, 1));
                return refused;
            }
            catch (ResourceLimitException)
            {
                await Task.Delay(500);
            }
    }

    private string[] Series()
    {
        var grid = new Grid(512, 512, Slices) { SpacingMm = new(0.7, 0.7, 2) };
        var random = new Random(Campaign.Seed);
        var volume = new Volume(grid, [.. Enumerable.Range(0, (int)grid.Count).Select(_ => (float)random.Next(-1000, 1000))]) { Modality = "CT" };
        var options = new WriterOptions { NewUid = () => DicomUID.Generate(random).UID };
        return [.. DicomImageWriter.Write(volume, ImageIdentity.Anonymous(options.NewUid), options).Select((image, i) =>
        {
            var path = folder[$"{i:000}.dcm"];
            image.SaveAs(path);
            return path;
        })];
    }

    private static int Files() => Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;
}
