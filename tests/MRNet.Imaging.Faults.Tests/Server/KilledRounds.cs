using System.Diagnostics;
using Microsoft.Data.Sqlite;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Verification;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>
/// Three clients send to the real server, which is killed (-9) at some moment and started again on the same folder: what was
/// accepted is there, once, whole, and its objects keep their UIDs.
/// </summary>
/// <param name="data">The server's folder.</param>
/// <param name="options">Further ones of <c>mrnet serve</c>.</param>
internal sealed class KilledRounds(string data, params string[] options)
{
    private const int Clients = 3;

    private readonly Random random = new(20261124); // the same moments each time, as far as a machine allows it
    private readonly Dictionary<string, string> accepted = []; // job by key
    private readonly Dictionary<string, string> uids = []; // SOP Instance UID by job
    private TaskCompletionSource taken = new();
    private TimeSpan slowest;
    private int late;

    /// <summary>Jobs that were running at three deaths: they are held for the killers.</summary>
    public int Died { get; private set; }

    /// <returns>What was counted.</returns>
    public async Task<string> RunAsync(int rounds)
    {
        for (var round = 0; round < rounds; round++)
            await RoundAsync(round);

        using var server = Start();
        using var client = MrnetClient.Connect(server.Address);
        await FinishAsync(client);
        await server.TerminateAsync();
        Assert.Empty(new StoreCheck(data, new DiskFileSystem()).Run(CancellationToken.None).Findings);
        Assert.NotEmpty(accepted);
        return FormattableString.Invariant($"{rounds} rounds, {Clients} clients, {accepted.Count} jobs: 0 lost, 0 doubled, 0 half files; {late} of them sent again after the last round, {Died} given up after three deaths; slowest start {slowest.TotalSeconds:0.0} s");
    }

    /// <summary>A server starts on what the last one left, is asked by three clients, and killed at some moment.</summary>
    private async Task RoundAsync(int round)
    {
        using var server = Start();
        using var client = MrnetClient.Connect(server.Address, new() { Retries = 0 });
        await SameAsBeforeAsync(client);

        taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var sending = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => SendAsync(client))).ToArray();
        if (round % 2 == 1)
            await Task.WhenAny(taken.Task, Task.Delay(TimeSpan.FromSeconds(30))); // however slow the machine, some have a job to kill
        await Task.Delay(random.Next(20, round % 10 == 9 ? 10_000 : 1500)); // now and then it gets something done
        server.Kill();
        await Task.WhenAll(sending);

        CheckStore();
    }

    private RunningServe Start()
    {
        var clock = Stopwatch.StartNew();
        var server = new RunningServe(data, options);
        slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
        return server;
    }

    /// <summary>Sends jobs until the server is gone; the ones it answered are accepted.</summary>
    private async Task SendAsync(MrnetClient client)
    {
        try
        {
            while (true)
            {
                var request = new SegmentRequest { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.DicomSeg }, IdempotencyKey = Guid.NewGuid().ToString() };
                lock (accepted)
                    accepted[request.IdempotencyKey] = "";
                await SendAsync(client, request);
            }
        }
        catch (Exception error) when (error is PeerException or InvalidImageException)
        {
            // the server is gone, in the middle of an upload, a request or a job
        }
    }

    private async Task SendAsync(MrnetClient client, SegmentRequest request)
    {
        try
        {
            var job = await client.SubmitAsync(Directory.GetFiles(Repository.TestData("ct-nodule")), ImageKind.Dicom, request);
            lock (accepted)
                accepted[request.IdempotencyKey] = job.Id;
            taken.TrySetResult();
            await client.WatchAsync(job.Id);
        }
        catch (ResourceLimitException)
        {
            lock (accepted)
                accepted.Remove(request.IdempotencyKey);
            await Task.Delay(200); // killed more often than it can work off, its queue is full
        }
    }

    /// <summary>Every accepted job is there and is no failure; finished ones say what they said before.</summary>
    private async Task SameAsBeforeAsync(MrnetClient client)
    {
        var jobs = await client.ListAsync().ToDictionaryAsync(job => job.Id);
        foreach (var (key, id) in accepted.Where(one => one.Value.Length > 0))
            Assert.True(jobs.ContainsKey(id), $"Job {id} of key {key} was accepted and is gone.");
        Assert.All(jobs.Values, job => Assert.True(job.State is JobState.Queued or JobState.Running or JobState.Done || DiedThrice(job), $"Job {job.Id} is {job.State}: {job.Failure?.Message}"));
        foreach (var job in jobs.Values.Where(job => job.State == JobState.Done).TakeLast(5))
            await CheckResultAsync(client, job.Id);
    }

    /// <summary>A job that was running each of three times when the server was killed is held for the killer.</summary>
    private static bool DiedThrice(Job job) => job is { State: JobState.Failed, Failure.Reason: "WORKER_DIED" };

    /// <summary>Whole: all parts, with their hashes right; the client refuses everything else.</summary>
    private async Task CheckResultAsync(MrnetClient client, string job)
    {
        var answer = await client.GetResultAsync(job);
        var uid = Assert.Single(answer.Objects).Header.SopUid;

        Assert.NotNull(answer.Map(Output.Mask, 1));
        Assert.Equal(uids.TryAdd(job, uid) ? uid : uids[job], uid);
    }

    /// <summary>With nobody to disturb, all of it ends, and the same keys are the same jobs.</summary>
    private async Task FinishAsync(MrnetClient client)
    {
        var jobs = await client.ListAsync().ToListAsync();
        Died = jobs.Count(DiedThrice);
        foreach (var job in jobs.Where(job => !DiedThrice(job)))
        {
            await client.WatchAsync(job.Id);
            await CheckResultAsync(client, job.Id);
        }

        foreach (var (key, id) in accepted)
        {
            var request = new SegmentRequest { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.DicomSeg }, IdempotencyKey = key };
            var again = await client.SubmitAsync(Directory.GetFiles(Repository.TestData("ct-nodule")), ImageKind.Dicom, request);
            Assert.True(id.Length == 0 || id == again.Id, $"Key {key} was job {id} and is now {again.Id}.");
            if (id.Length > 0 || jobs.Exists(job => job.Id == again.Id))
                continue;
            late++;
            await client.WatchAsync(again.Id); // it had not been accepted: now it is, and once
        }

        var all = await client.ListAsync().ToListAsync();
        Assert.Equal(accepted.Count, all.Count);
        Assert.Equal(uids.Count + Died + late, all.Count);
        Assert.Equal(uids.Count, uids.Values.Distinct().Count());
    }

    /// <summary>The store is whole, and no result without its job or job without its result stands there under its final name.</summary>
    private void CheckStore()
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(data, "jobs.db"), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", command.ExecuteScalar());
        command.CommandText = "SELECT id FROM jobs WHERE status = 2";
        using var reader = command.ExecuteReader();
        while (reader.Read())
            Assert.True(File.Exists(Path.Combine(data, "results", reader.GetString(0), "events")), "A job is done and has no result.");
    }
}
