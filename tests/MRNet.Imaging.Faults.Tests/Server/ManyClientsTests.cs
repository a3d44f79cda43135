using System.Diagnostics;
using MRNet.Dicom;
using MRNet.Imaging.Client;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>
/// Many clients of the real <c>mrnet serve</c> at once, each with a series, more than it receives at once: all end, in bounded memory,
/// and nothing is kept open. Fair shares are tested in Server.Tests (FairQueueTests). MRNET_CLIENTS sets how many.
/// </summary>
public sealed class ManyClientsTests : IDisposable
{
    private const int Growth = 2048; // MiB

    private static readonly int Clients = Campaign.Size("MRNET_CLIENTS", quick: 20, full: 100);

    /// <summary>512 x 512 pixels of two bytes: 40 slices are 20 MB.</summary>
    private static readonly int Slices = Campaign.IsFull ? 40 : 4;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task All_end_in_bounded_memory_and_nothing_is_kept_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process holds is read from /proc.");
        var series = Series();
        Directory.CreateDirectory(folder["models"]);
        TinyModel.Write(folder["models"]);
        using var server = new RunningServe(folder["data"], "--models", folder["models"]);
        using (var first = MrnetClient.Connect(server.Address))
            await SegmentAsync(first, series);
        var (clock, before) = (Stopwatch.StartNew(), Held.Of(server.Id, TimeSpan.Zero));

        var (most, refused) = (before.Megabytes, 0);
        var all = Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using var client = MrnetClient.Connect(server.Address);
            Interlocked.Add(ref refused, await SegmentAsync(client, series));
        }));
        while (!all.IsCompleted)
        {
            most = Math.Max(most, Held.Of(server.Id, clock.Elapsed).Megabytes);
            await Task.WhenAny(all, Task.Delay(200));
        }

        await all;
        var took = clock.Elapsed;
        var after = Held.Of(server.Id, took);
        for (var tries = 100; tries > 0 && after.Files > before.Files + 20; tries--)
        {
            await Task.Delay(100); // closed connections linger
            after = Held.Of(server.Id, took);
        }

        Campaign.Tell("clients at once", FormattableString.Invariant($"{Clients} with {series.Length} slices each ({series.Sum(file => new FileInfo(file).Length) / 1e6:0} MB): all answered in {took.TotalSeconds:0} s, {refused} times told to come again; server's memory {before.Megabytes:0} MiB before, {most:0} at most, {after.Megabytes:0} after; open files {before.Files} before, {after.Files} after"));
        Assert.InRange(most, 0, before.Megabytes + Growth);
        Assert.InRange(after.Files, 0, before.Files + 20);
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
}
