using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Tests.Jobs.Contract;
using NATS.Client.JetStream.Models;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>
/// Machines die, freeze and forget (scaleout.md section 7); real processes, a lease of three seconds. MRNET_ROUNDS makes it
/// more jobs.
/// </summary>
public sealed class FaultTests(NatsServer shared) : IDisposable
{
    private static readonly int Jobs = int.TryParse(Environment.GetEnvironmentVariable("MRNET_ROUNDS"), out var rounds) ? Math.Max(20, rounds) : 20;

    private readonly TemporaryFolder folder = new();
    private readonly string prefix = NatsServer.NewPrefix();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_worker_killed_in_the_middle_loses_its_job_to_another_and_each_job_is_done_once()
    {
        await using var server = await StartAsync();
        await using var first = await WorkerProcess.StartAsync(Options());
        await using var second = await WorkerProcess.StartAsync(Options());
        var ids = Submit(server, "sleep-100");
        await first.SaidAsync("is done");
        var begun = first.Count("begins");
        await Started.Until(() => first.Count("begins") > begun);

        first.Kill();

        await AllDoneAsync(server, ids, killed: true);
        var lost = second.Count("begins, run 2.");
        Assert.InRange(lost, 1, 2); // the one it computed, and one whose result was on its way
        Assert.Equal(Enumerable.Repeat("leases.lost 1", lost), server.Front.Measured.Of("leases.lost"));
    }

    [Fact]
    public async Task A_server_killed_in_the_middle_comes_back_and_nothing_is_lost()
    {
        await using var own = new NatsServer();
        await own.InitializeAsync();
        await using var server = await StartAsync(url: own.Url);
        await using var worker = await WorkerProcess.StartAsync(Options(own.Url));
        var ids = Submit(server, "sleep-100");
        await worker.SaidAsync("is done");

        await own.KillAsync();
        Assert.Contains("is not connected", await NotReadyAsync(server));
        await Task.Delay(1000);
        await own.StartAsync();

        await AllDoneAsync(server, ids);
        Assert.Null(server.Engine.WhyNotReady);
    }

    [Fact]
    public async Task A_worker_that_froze_beyond_its_lease_takes_its_result_back()
    {
        await using var server = await StartAsync();
        await using var frozen = await WorkerProcess.StartAsync(Options());
        var id = server.Submit("sleep-4000");
        await Started.Until(() => server.Engine.ProgressOf(server.Engine.Find(id)!) is { Stage: Stage.Running, Done: > 0 }); // it has the image, and computes
        frozen.Freeze();
        await using var other = await WorkerProcess.StartAsync(Options());

        await AllDoneAsync(server, [id]);
        Assert.Equal((0, 1), (frozen.Count("is done"), other.Count("begins, run 2.")));
        frozen.GoOn();

        await frozen.SaidAsync($"Job {id} has ended without us; our result is taken back.");
        Assert.Equal((0, 1), (frozen.Count("is done"), other.Count("is done")));
        await AllDoneAsync(server, [id]); // and nothing of the second result is left
        Assert.Equal([id], server.ResultFolders());
    }

    [Fact]
    public async Task What_the_engine_forgets_is_published_again()
    {
        await using var server = await StartAsync();
        var ids = Submit(server, "sleep-20");
        await using var link = Engine.Look(Options());
        await server.PublishedAsync();

        await link.Stream.PurgeStreamAsync(link.Names.JobStream, new StreamPurgeRequest());
        var rooms = await link.RoomsAsync(CancellationToken.None);
        foreach (var id in ids)
            await rooms.In.DeleteAsync(id);
        await using var worker = await WorkerProcess.StartAsync(Options());

        await AllDoneAsync(server, ids);
        Assert.Equal(ids.Count, worker.Count("is done"));
    }

    [Fact]
    public async Task Running_and_waiting_jobs_are_cancelled_within_a_second_and_leave_nothing()
    {
        await using var server = await StartAsync();
        await using var first = await WorkerProcess.StartAsync(Options());
        await using var second = await WorkerProcess.StartAsync(Options());
        string[] ids = [server.Submit("sleep-20000"), server.Submit("sleep-20000"), server.Submit("sleep-20000")];
        await first.SaidAsync("begins");
        await second.SaidAsync("begins");

        Assert.All(ids, id => Assert.True(server.Engine.Cancel(id)));

        await first.SaidAsync("was cancelled");
        await second.SaidAsync("was cancelled");
        Assert.All(ids, id => Assert.False(server.Engine.Cancel(id)));
        var after = server.Submit("sleep-20");
        Assert.Equal(JobStatus.Done, (await server.EndedAsync(after)).Status);
        await EmptyAsync(server);
    }

    [Fact]
    public async Task A_job_that_kills_every_worker_fails_and_the_others_are_done()
    {
        await using var server = await StartAsync(Options() with { Lease = TimeSpan.FromSeconds(1) });
        using var stop = new CancellationTokenSource();
        var keeping = KeepAWorkerAsync(Options() with { Lease = TimeSpan.FromSeconds(1) }, stop.Token);
        var ids = Submit(server, "sleep-20");
        var killer = server.Submit("die");

        var failed = await server.EndedAsync(killer);
        await AllDoneAsync(server, ids, left: 1, killed: true); // the killer's image is kept to find out why
        await stop.CancelAsync();
        await keeping;

        Assert.Equal((JobStatus.Failed, "WORKER_DIED"), (failed.Status, failed.Failure!.Reason));
    }

    [Fact]
    public async Task A_full_queue_refuses_exactly_what_is_too_much()
    {
        await using var server = await StartAsync(jobs: new JobOptions { QueueLimit = 30 });
        var refused = 0;
        var ids = new List<string>();
        for (var i = 0; i < 35; i++)
            try
            {
                ids.Add(server.Submit("sleep-20"));
            }
            catch (ResourceLimitException)
            {
                refused++;
            }

        Assert.Equal((30, 5), (ids.Count, refused));
        await using var worker = await WorkerProcess.StartAsync(Options());
        await AllDoneAsync(server, ids);
    }

    [Fact]
    public async Task A_full_store_of_images_refuses_the_next_job_and_takes_it_later()
    {
        var options = Options() with { InBytes = 1 << 20 };
        await using var server = await StartAsync(options);
        var image = TinyImage.Of(100, 100, 10); // 400 kB
        string[] ids = [.. Enumerable.Range(0, 3).Select(_ => server.Engine.Submit(server.Front.Job(model: "sleep-20", image: image)).Id)];
        var next = server.Front.Job(model: "sleep-20", image: image);
        var refused = "";
        await Started.Until(() =>
        {
            var probe = server.Front.Job(model: "sleep-20");
            refused = Record.Exception(() => server.Engine.Submit(probe)) is ResourceLimitException error ? error.Message : "";
            if (refused.Length == 0)
                server.Engine.Cancel(probe.Id); // or a hundred of them would be the caller's limit before the store is full
            return refused.Length > 0;
        });

        Assert.Contains("try again later", refused);
        await using var worker = await WorkerProcess.StartAsync(options);
        foreach (var id in ids)
            Assert.Equal(JobStatus.Done, (await server.EndedAsync(id)).Status);
        await Started.Until(() => Record.Exception(() => server.Engine.Submit(next)) is null);
        Assert.Equal(JobStatus.Done, (await server.EndedAsync(next.Id)).Status);
    }

    [Fact]
    public async Task A_front_end_killed_after_it_published_finds_its_job_again_and_the_client_gets_the_same_one()
    {
        StoredJob job;
        await using (var server = await StartAsync())
        {
            job = server.Engine.Submit(server.Front.Job(key: "k", model: "sleep-20"));
            await using var engine = new EngineContents(shared.Url, prefix);
            await Started.Until(async () => await engine.WaitingAsync() == 1);
        }

        await using var again = await StartAsync();
        Assert.Equal(job.Id, again.Engine.Submit(again.Front.Job(key: "k", model: "sleep-20")).Id);
        await using var worker = await WorkerProcess.StartAsync(Options());

        await AllDoneAsync(again, [job.Id]);
        Assert.Equal(1, worker.Count("is done"));
    }

    [Theory]
    [InlineData(15), InlineData(2)]
    public async Task A_worker_told_to_stop_ends_its_job_first(int signal)
    {
        await using var server = await StartAsync();
        await using var worker = await WorkerProcess.StartAsync(Options());
        var runs = server.Submit("sleep-1000");
        await worker.SaidAsync("begins");
        var waits = server.Submit("sleep-20");

        Assert.Equal(0, await worker.EndAsync(signal));

        Assert.Equal(JobStatus.Done, (await server.EndedAsync(runs)).Status);
        Assert.Equal((1, JobStatus.Queued), (worker.Count("begins"), server.Engine.Find(waits)!.Status));
    }

    [Fact]
    public async Task A_worker_whose_job_does_not_advance_gives_it_up_and_ends()
    {
        var options = Options() with { Lease = TimeSpan.FromSeconds(1), Stall = TimeSpan.FromSeconds(1) };
        await using var server = await StartAsync(options);
        await using var worker = await WorkerProcess.StartAsync(options);
        server.Submit("stuck");

        Assert.Equal(70, await worker.ExitAsync());

        Assert.Equal(1, worker.Count("does not advance"));
    }

    private NatsOptions Options(string? url = null) => Engine.Options(url ?? shared.Url, prefix);

    private Task<Started> StartAsync(NatsOptions? options = null, JobOptions? jobs = null, string? url = null)
    {
        NatsServer.SkipUnlessInstalled();
        return Engine.StartAsync(new(folder["data"], jobs), options ?? Options(url));
    }

    private static List<string> Submit(Started server, string model) => [.. Enumerable.Range(0, Jobs).Select(_ => server.Submit(model))];

    /// <summary>Each once, with a whole result, and the engine is empty.</summary>
    /// <param name="killed">A worker was, maybe while it wrote a result.</param>
    private async Task AllDoneAsync(Started server, IReadOnlyList<string> ids, int left = 0, bool killed = false)
    {
        foreach (var id in ids)
        {
            Assert.Equal(JobStatus.Done, (await server.EndedAsync(id)).Status);
            Assert.Equal(12ul, server.Front.Result(server.Engine, id)[0].Summary.Stats.Single().Voxels);
        }

        Assert.Superset(ids.ToHashSet(), server.ResultFolders().OfType<string>().ToHashSet());
        await EmptyAsync(server, left, pieces: !killed);
    }

    private async Task EmptyAsync(Started server, int left = 0, bool pieces = true)
    {
        await using var engine = new EngineContents(server.Engine.Place, prefix);
        await Started.Until(async () => await engine.LeftAsync(pieces) == left);
    }

    private static async Task<string?> NotReadyAsync(Started server)
    {
        await Started.Until(() => server.Engine.WhyNotReady is not null);
        return server.Engine.WhyNotReady;
    }

    /// <summary>What a service manager does: a worker that died is started again.</summary>
    private static async Task KeepAWorkerAsync(NatsOptions options, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await using var worker = await WorkerProcess.StartAsync(options);
            await Task.WhenAny(worker.ExitAsync(), Task.Delay(Timeout.Infinite, stop));
        }
    }
}
