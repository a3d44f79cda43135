using System.Diagnostics;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>Calls that are left at any moment, from before they began to just before the answer: nothing of them stays. MRNET_CANCELS sets how many.</summary>
public sealed class CancelStormTests
{
    private const int AtOnce = 6;

    private static readonly int Cancels = Campaign.Size("MRNET_CANCELS", quick: 40, full: 1000);

    [Fact]
    public async Task Calls_cancelled_at_any_moment_leave_nothing_and_the_next_job_works()
    {
        await using var server = await InProcessServer.StartAsync(change: options => options with { Jobs = options.Jobs with { Runners = 2 } });
        using var client = server.Connect();
        var usual = await TimeOfOneAsync(client);
        var before = Open();

        var random = new Random(Campaign.Seed);
        var moments = Enumerable.Range(0, Cancels).Select(_ => usual * random.NextDouble() * 1.5).ToArray();
        var (cancelled, answered) = (0, 0);
        await Parallel.ForEachAsync(moments, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (moment, _) =>
        {
            using var leave = new CancellationTokenSource(moment);
            try
            {
                await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request(), cancellation: leave.Token);
                Interlocked.Increment(ref answered);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref cancelled);
            }
        });

        await server.IdleAsync();
        var jobs = await client.ListAsync().ToListAsync();
        Assert.All(jobs, job => Assert.True(job.State is JobState.Done or JobState.Cancelled, $"{job.State}: {job.Failure?.Message}"));
        Assert.Equal(jobs.Count(job => job.State == JobState.Done), Directory.GetDirectories(Path.Combine(server.Data, "results")).Length);
        Assert.NotNull((await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request())).Map(Output.Mask, 1));
        var after = Open();
        Campaign.Tell("random cancels", $"{Cancels} calls: {cancelled} cancelled, {answered} answered first; {jobs.Count} had become jobs; open files {before.Files} before, {after.Files} after, threads {before.Threads}, {after.Threads}");
        Assert.True(cancelled > Cancels / 4, "Too few were cancelled in time.");
        Assert.InRange(after.Files, 0, before.Files + 20);
        await server.StopAsync();
        Assert.Empty(server.Verify().Findings);
    }

    private static async Task<TimeSpan> TimeOfOneAsync(Client.MrnetClient client)
    {
        await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request()); // the first one loads the model
        var clock = Stopwatch.StartNew();
        await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());
        return clock.Elapsed;
    }

    private static (int Files, int Threads) Open() =>
        (Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0, Process.GetCurrentProcess().Threads.Count);
}
