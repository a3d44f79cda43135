using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Tests.Jobs;

public sealed class EmbeddedJobEngineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = Some.Clock();
    private readonly DataFolder data;

    public EmbeddedJobEngineTests() => data = new DataFolder(folder["data"], new DiskFileSystem());

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_job_ends_with_its_result_in_place()
    {
        using var server = Start(new Runner());

        server.Engine.Submit(Some.Job("one"));
        var job = await Ended(server, "one");

        Assert.Equal((JobStatus.Done, 1), (job.Status, job.Attempt));
        Assert.Equal("result of one", File.ReadAllText(Path.Combine(server.Engine.ResultFolder(job)!, "mask")));
    }

    [Fact]
    public async Task Watching_tells_the_progress_and_ends_with_the_job()
    {
        var runner = new Runner { Gate = new(0) };
        using var server = Start(runner);
        server.Engine.Submit(Some.Job("one"));
        await runner.Begun.WaitAsync();

        var watching = server.Engine.WatchAsync("one", CancellationToken.None).GetAsyncEnumerator();
        var first = watching.MoveNextAsync();
        runner.Gate.Release();

        Assert.True(await first);
        Assert.Equal((2u, 2u), (watching.Current.Progress.Done, watching.Current.Progress.Total));
        Assert.False(await watching.MoveNextAsync());
    }

    [Fact]
    public async Task Watching_a_job_that_has_ended_ends_at_once()
    {
        using var server = Start(new Runner());
        server.Engine.Submit(Some.Job("one"));
        await Ended(server, "one");

        Assert.Empty(await server.Engine.WatchAsync("one", CancellationToken.None).ToListAsync());
        Assert.Empty(await server.Engine.WatchAsync("none", CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task A_failing_job_says_why_and_leaves_nothing()
    {
        using var server = Start(new Runner { Fault = new InvalidImageException("Rows is 0; expected 1 to 65535.") });

        server.Engine.Submit(Some.Job("one"));
        var job = await Ended(server, "one");

        Assert.Equal(new JobFailure((int)StatusCode.InvalidArgument, "INVALID_IMAGE", "Rows is 0; expected 1 to 65535."), job.Failure);
        Assert.Empty(Directory.GetDirectories(data.Results));
    }

    [Fact]
    public async Task A_fault_of_ours_is_told_without_its_details()
    {
        using var server = Start(new Runner { Fault = new InvalidOperationException("Mueller^Anna") });

        server.Engine.Submit(Some.Job("one"));

        Assert.DoesNotContain("Mueller", (await Ended(server, "one")).Failure!.Message);
    }

    [Fact]
    public async Task A_running_job_is_cancelled_and_leaves_nothing()
    {
        var runner = new Runner { Gate = new(0) };
        using var server = Start(runner);
        server.Engine.Submit(Some.Job("one"));
        await runner.Begun.WaitAsync();

        Assert.True(server.Engine.Cancel("one"));

        Assert.Equal(JobStatus.Cancelled, (await Ended(server, "one")).Status);
        await Until(() => server.Engine.Running == 0);
        Assert.Empty(Directory.GetDirectories(data.Results));
        Assert.False(server.Engine.Cancel("one"));
    }

    [Fact]
    public async Task A_waiting_job_is_cancelled_and_never_begun()
    {
        var runner = new Runner { Gate = new(0) };
        using var server = Start(runner);
        server.Engine.Submit(Some.Job("one"));
        await runner.Begun.WaitAsync();
        server.Engine.Submit(Some.Job("two"));

        server.Engine.Cancel("two");
        runner.Gate.Release(2);

        await Ended(server, "one");
        Assert.Equal((JobStatus.Cancelled, 0), (server.Engine.Find("two")!.Status, server.Engine.Find("two")!.Attempt));
        Assert.Equal(0, server.Engine.Queued);
    }

    [Fact]
    public async Task The_same_key_and_content_is_the_same_job_and_other_content_is_refused()
    {
        using var server = Start(new Runner());
        var first = server.Engine.Submit(Some.Job("one", key: "k", hash: "x"));

        Assert.Equal(first.Id, server.Engine.Submit(Some.Job("two", key: "k", hash: "x")).Id);
        Assert.Throws<JobExistsException>(() => server.Engine.Submit(Some.Job("three", key: "k", hash: "y")));
        Assert.Equal("four", server.Engine.Submit(Some.Job("four", owner: "berta", key: "k", hash: "y")).Id);
        await Ended(server, "four");
        Assert.Equal(2, server.Engine.List(null, [], 0, 10).Count);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_keeps_nothing()
    {
        var runner = new Runner { Gate = new(0) };
        using var server = Start(runner, new JobOptions { QueueLimit = 1 });
        server.Engine.Submit(Some.Job("runs"));
        await runner.Begun.WaitAsync();
        server.Engine.Submit(Some.Job("waits"));

        Assert.Throws<ResourceLimitException>(() => server.Engine.Submit(Some.Job("too much")));
        Assert.Null(server.Engine.Find("too much"));
        runner.Gate.Release(2);
    }

    [Fact]
    public async Task Jobs_in_the_middle_run_again_after_a_restart()
    {
        using (var store = new JobStore(data.Database))
        {
            store.Add(Some.Job("waited"));
            store.Add(Some.Job("ran"));
            store.Start("ran", Some.Noon);
            store.Add(Some.Job("was ready"));
            store.Start("was ready", Some.Noon);
            Directory.CreateDirectory(Path.Combine(data.Results, "was ready"));
            Directory.CreateDirectory(Path.Combine(data.Results, "ran.1.part"));
        }

        using var server = Start(new Runner());

        Assert.Equal((JobStatus.Done, 1), ((await Ended(server, "waited")).Status, server.Engine.Find("waited")!.Attempt));
        Assert.Equal((JobStatus.Done, 2), ((await Ended(server, "ran")).Status, server.Engine.Find("ran")!.Attempt));
        Assert.Equal((JobStatus.Done, 1), (server.Engine.Find("was ready")!.Status, server.Engine.Find("was ready")!.Attempt));
        Assert.Equal(["ran", "waited", "was ready"], Directory.GetDirectories(data.Results).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Results_without_a_job_are_removed_at_the_next_start()
    {
        using (var store = new JobStore(data.Database))
        {
            store.Add(Some.Job("cancelled"));
            store.End("cancelled", JobStatus.Cancelled, Some.Noon, Some.Noon, null);
            store.Add(Some.Job("done"));
            store.End("done", JobStatus.Done, Some.Noon, Some.Noon.AddDays(1), null);
        }

        foreach (var name in (string[])["cancelled", "done", "expired"])
            Directory.CreateDirectory(Path.Combine(data.Results, name));

        using var server = Start(new Runner());

        Assert.Equal(["done"], Directory.GetDirectories(data.Results).Select(Path.GetFileName));
    }

    [Fact]
    public void A_job_that_kills_the_server_again_and_again_is_given_up()
    {
        using (var store = new JobStore(data.Database))
        {
            store.Add(Some.Job("killer"));
            for (var attempt = 0; attempt < 3; attempt++)
            {
                store.Start("killer", Some.Noon);
                if (attempt < 2)
                    store.Requeue("killer");
            }
        }

        using var server = Start(new Runner());

        Assert.Equal((JobStatus.Failed, "WORKER_DIED"), (server.Engine.Find("killer")!.Status, server.Engine.Find("killer")!.Failure!.Reason));
    }

    [Fact]
    public async Task A_stopping_server_lets_jobs_end_and_keeps_those_that_wait()
    {
        var runner = new Runner { Gate = new(0) };
        using (var server = Start(runner))
        {
            server.Engine.Submit(Some.Job("runs"));
            await runner.Begun.WaitAsync();
            server.Engine.Submit(Some.Job("waits"));
            var stopped = server.Engine.StopAsync(CancellationToken.None);
            runner.Gate.Release(9);
            await stopped;
            Assert.Equal((JobStatus.Done, JobStatus.Queued), (server.Engine.Find("runs")!.Status, server.Engine.Find("waits")!.Status));
        }

        using var again = Start(new Runner());
        Assert.Equal(JobStatus.Done, (await Ended(again, "waits")).Status);
    }

    [Fact]
    public async Task Expired_results_are_removed_and_the_oldest_beyond_the_bytes_kept()
    {
        using var server = Start(new Runner(), new JobOptions { Retention = TimeSpan.FromDays(1), RetentionBytes = 20 });
        foreach (var id in new[] { "old", "mid", "new" }) // 13 bytes each: the newest alone fits
        {
            server.Engine.Submit(Some.Job(id));
            await Ended(server, id);
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        server.Engine.Tidy();
        Assert.Equal(["new"], Directory.GetDirectories(data.Results).Select(Path.GetFileName));

        clock.Advance(TimeSpan.FromDays(1));
        server.Engine.Tidy();
        Assert.Empty(Directory.GetDirectories(data.Results));
        Assert.Null(server.Engine.Find("new"));
    }

    /// <summary>Whatever file operation fails or is the last one, a job ends once: with its whole result, or failed, or it runs again.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Survives_a_failure_of_any_file_operation(bool killed)
    {
        for (var n = 1; ; n++)
        {
            using var own = new DataFolder(folder[$"{killed}-{n}"], new DiskFileSystem());
            var files = new FaultyFileSystem(n, killed);
            using (var server = Start(new Runner { Files = files }, of: own, files: files))
            {
                server.Engine.Submit(Some.Job("one"));
                var first = await Ended(server, "one");
                Assert.Equal(files.Met ? JobStatus.Failed : JobStatus.Done, first.Status);
                if (files.Met)
                    Assert.Null(server.Engine.ResultFolder(first));
            }

            if (!files.Met)
                break;

            using var again = Start(new Runner(), of: own);
            again.Engine.Submit(Some.Job("two"));
            Assert.Equal(JobStatus.Done, (await Ended(again, "two")).Status);
            Assert.DoesNotContain(Directory.GetDirectories(own.Results), path => path.EndsWith(".part", StringComparison.Ordinal));
        }
    }

    private Running Start(IJobRunner runner, JobOptions? options = null, DataFolder? of = null, IFileSystem? files = null)
    {
        var place = of ?? data;
        var store = new JobStore(place.Database);
        var engine = new EmbeddedJobEngine(
            store, place, Some.Uploads(place, time: clock), files ?? new DiskFileSystem(), runner, options ?? new(), clock, NullLogger<EmbeddedJobEngine>.Instance);
        engine.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        return new(engine, store);
    }

    private static async Task<StoredJob> Ended(Running server, string id)
    {
        await Until(() => server.Engine.Find(id) is { HasEnded: true });
        return server.Engine.Find(id)!;
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 2000 && !holds(); i++)
            await Task.Delay(5);
        Assert.True(holds());
    }

    private sealed record Running(EmbeddedJobEngine Engine, JobStore Store) : IDisposable
    {
        public void Dispose()
        {
            using var now = new CancellationTokenSource(0);
            Engine.StopAsync(now.Token).GetAwaiter().GetResult();
            Engine.Dispose();
            Store.Dispose();
        }
    }

    /// <summary>Writes one file; waits before it if told to.</summary>
    private sealed class Runner : IJobRunner
    {
        public SemaphoreSlim? Gate { get; init; }

        public Exception? Fault { get; init; }

        public IFileSystem Files { get; init; } = new DiskFileSystem();

        public SemaphoreSlim Begun { get; } = new(0);

        public void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation)
        {
            Begun.Release();
            Gate?.Wait(cancellation);
            report(new Event { JobId = job.Id, Progress = new Progress { Stage = Stage.Running, Done = 2, Total = 2 } });
            Files.WriteWhole(Path.Combine(folder, "mask"), System.Text.Encoding.UTF8.GetBytes($"result of {job.Id}"));
            if (Fault is not null)
                throw Fault;
        }
    }
}
