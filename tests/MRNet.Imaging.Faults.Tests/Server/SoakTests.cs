using System.Diagnostics;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>
/// The real <c>mrnet serve</c> under mixed work with faults at a low rate, for as long as wanted: memory, open files and threads
/// do not grow over the last half. MRNET_SOAK_SECONDS sets how long.
/// </summary>
public sealed class SoakTests : IDisposable
{
    private static readonly int Seconds = Campaign.Size("MRNET_SOAK_SECONDS", quick: 8, full: 3600);

    private const int Settled = 1800;

    private const string Refused = "told to come again";

    private readonly TemporaryFolder folder = new();
    private readonly Random random = new(Campaign.Seed);
    private readonly Dictionary<string, int> done = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Memory_files_and_threads_do_not_grow()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process holds is read from /proc.");
        Directory.CreateDirectory(folder["models"]);
        TinyModel.Write(folder["models"]);
        using var server = new RunningServe(folder["data"], "--models", folder["models"], "--root", $"samples={Repository.TestData()}");
        using var client = MrnetClient.Connect(server.Address, new() { Retries = 0 });

        var clock = Stopwatch.StartNew();
        var seen = new List<Held>();
        var work = Enumerable.Range(0, 2).Select(_ => Task.Run(() => WorkAsync(client, clock))).ToArray();
        while (clock.Elapsed.TotalSeconds < Seconds)
        {
            seen.Add(Held.Of(server.Id, clock.Elapsed));
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(0.25, Seconds / 400.0)));
        }

        try
        {
            await Task.WhenAll(work);
        }
        catch (PeerException error) // why, only the server's log says
        {
            Assert.Fail($"{error.Message}\n{string.Join('\n', server.Output.TakeLast(50))}");
        }

        var half = seen[(seen.Count / 2)..];
        var (memory, files, threads) = (Slope(half, held => held.Megabytes), Slope(half, held => held.Files), Slope(half, held => held.Threads));
        Campaign.Tell("soak", FormattableString.Invariant($"{Seconds} s: {string.Join(", ", done.OrderBy(kind => kind.Key).Select(kind => $"{kind.Value} {kind.Key}"))}; over the last half memory {half[0].Megabytes:0} to {half[^1].Megabytes:0} MiB ({memory * 3600:+0;-0;0} MiB/h), files {half[0].Files} to {half[^1].Files} ({files * 3600:+0.0;-0.0;0}/h), threads {half[0].Threads} to {half[^1].Threads} ({threads * 3600:+0.0;-0.0;0}/h)"));
        var span = half[^1].Seconds - half[0].Seconds;
        Assert.InRange(done.GetValueOrDefault(Refused), 0, done.Values.Sum() / 20); // places are given back
        Assert.InRange(files * span, -1000, 10);
        Assert.InRange(threads * span, -1000, 10);
        Assert.InRange(half[^1].Megabytes, 0, 3072);
        if (Seconds >= Settled) // before, sessions and the collector's heap still fill up to their bounds
            Assert.InRange(memory * span, -100_000, (0.05 * half[0].Megabytes) + 30);
    }

    private async Task WorkAsync(MrnetClient client, Stopwatch clock)
    {
        while (clock.Elapsed.TotalSeconds < Seconds)
        {
            var kind = Next() switch { < 55 => "segmented", < 75 => "submitted and fetched", < 85 => "left by the caller", < 93 => "broken images", _ => "unknown models" };
            try
            {
                await OneAsync(client, kind);
            }
            catch (ResourceLimitException)
            {
                kind = Refused; // calls that were left count until a busy server has noticed it
                await Task.Delay(200);
            }

            lock (done)
                done[kind] = done.GetValueOrDefault(kind) + 1;
        }
    }

    private async Task OneAsync(MrnetClient client, string kind)
    {
        var request = InProcessServer.Request();
        try
        {
            switch (kind)
            {
                case "segmented":
                    await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, request);
                    break;
                case "submitted and fetched":
                    var job = await client.SubmitAsync(InProcessServer.Ct, ImageKind.Dicom, request);
                    await client.WatchAsync(job.Id);
                    await client.GetResultAsync(job.Id);
                    break;
                case "left by the caller":
                    using (var leave = new CancellationTokenSource(Next()))
                        await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, request, cancellation: leave.Token);
                    break;
                case "broken images":
                    await client.SegmentAsync([Path.Combine(Repository.Root, "README.md")], ImageKind.Dicom, request);
                    break;
                default:
                    request.ModelId = "none";
                    await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, request);
                    break;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or InvalidImageException or WeightsException or PeerException && kind is not ("segmented" or "submitted and fetched"))
        {
            // what was provoked
        }
    }

    private int Next()
    {
        lock (random)
            return random.Next(100);
    }

    /// <summary>Least squares, per second.</summary>
    private static double Slope(List<Held> held, Func<Held, double> what)
    {
        var (x, y) = (held.Average(one => one.Seconds), held.Average(what));
        return held.Sum(one => (one.Seconds - x) * (what(one) - y)) / Math.Max(1e-9, held.Sum(one => (one.Seconds - x) * (one.Seconds - x)));
    }
}
