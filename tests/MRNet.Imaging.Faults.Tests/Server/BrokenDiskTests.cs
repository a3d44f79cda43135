using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Verification;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>
/// The kernel itself answers EIO: strace does it to the real server, from the n-th call on. A job is not accepted, failed with the
/// reason, or done and whole. Each file operation of ours failing in turn is in Server.Tests (UploadStoreTests, EmbeddedJobEngineTests). MRNET_BROKEN sets how many n.
/// </summary>
public sealed class BrokenDiskTests : IDisposable
{
    private static readonly int Places = Campaign.Size("MRNET_BROKEN", quick: 1, full: 12);

    private readonly TemporaryFolder folder = new();
    private readonly Random random = new(Campaign.Seed);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("fsync,fdatasync"), InlineData("rename,renameat,renameat2")]
    public async Task What_is_accepted_is_done_and_whole_or_failed_with_the_reason(string calls)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "No strace (Debian: strace).");
        Directory.CreateDirectory(folder["models"]);
        TinyModel.Write(folder["models"]);
        var (refused, failed, done, unstarted) = (0, 0, 0, 0);
        for (var i = 0; i < Places; i++)
        {
            var data = folder[$"data-{i}"];
            using (var sound = Start(data))
                await sound.TerminateAsync(); // the store is made
            var accepted = new Dictionary<string, bool>();
            if (TryStart(data, $"inject={calls}:error=EIO:when={random.Next(1, 30)}+", calls) is { } broken)
                using (broken)
                using (var client = MrnetClient.Connect(broken.Address, new() { Retries = 0 }))
                    for (var n = 0; n < 4; n++)
                        _ = await OneAsync(client, accepted) switch { null => refused++, false => failed++, true => done++ };
            else
                unstarted++;

            using (var again = Start(data))
            {
                using var client = MrnetClient.Connect(again.Address);
                var jobs = await client.ListAsync().ToDictionaryAsync(job => job.Id);
                foreach (var (id, wasDone) in accepted)
                {
                    Assert.True(jobs.ContainsKey(id), "A job was accepted and is gone.");
                    if (wasDone || jobs[id].State == JobState.Done)
                        Assert.NotNull((await client.GetResultAsync(id)).Map(Output.Mask, 1)); // the client checks the hashes
                }

                foreach (var job in jobs.Values.Where(job => job.State is JobState.Queued or JobState.Running))
                    await client.WatchAsync(job.Id);
                await again.TerminateAsync();
            }

            Assert.Empty(new StoreCheck(data, new DiskFileSystem()).Run(CancellationToken.None).Findings);
        }

        Campaign.Tell($"EIO from {calls}", $"{Places} places, at {unstarted} of them the server did not start; {refused + failed + done} calls: {refused} not accepted, {failed} failed with the reason, {done} done and whole; 0 lost, nothing wrong in the store after a restart");
    }

    /// <returns>Null: not accepted.</returns>
    private static async Task<bool?> OneAsync(MrnetClient client, Dictionary<string, bool> accepted)
    {
        try
        {
            var job = await client.SubmitAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());
            accepted[job.Id] = false;
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await client.WatchAsync(job.Id, cancellation: patience.Token);
            return accepted[job.Id] = true;
        }
        catch (Exception error) when (error is ResourceLimitException or PeerException or OperationCanceledException)
        {
            return accepted.Count > 0 && error is not PeerException && accepted.Last().Value == false ? false : null;
        }
    }

    /// <returns>Null where it refuses to start on such a disk.</returns>
    private RunningServe? TryStart(string data, string fault, string calls)
    {
        try
        {
            return Start(data, "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={calls}", "-e", fault);
        }
        catch (AggregateException)
        {
            return null;
        }
    }

    private RunningServe Start(string data, params string[] under) => RunningServe.Under(under, data, "--models", folder["models"]);
}
