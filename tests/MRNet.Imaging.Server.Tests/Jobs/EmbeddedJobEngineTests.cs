using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Tests.Observability;

namespace MRNet.Imaging.Server.Tests.Jobs;

/// <summary>What only this engine has: its restart, and the disk under it. What all engines keep is in <see cref="Contract.JobEngineContract"/>.</summary>
public sealed class EmbeddedJobEngineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly SettableClock clock = new();
    private readonly HeardMetrics measured = new();
    private readonly DataFolder data;

    public EmbeddedJobEngineTests() => data = new DataFolder(folder["data"], new DiskFileSystem());

    public void Dispose()
    {
        data.Dispose();
        measured.Dispose();
        folder.Dispose();
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

        server.Results.Tidy();
        Assert.Equal(["new"], Directory.GetDirectories(data.Results).Select(Path.GetFileName));

        clock.Advance(TimeSpan.FromDays(1));
        server.Results.Tidy();
        Assert.Empty(Directory.GetDirectories(data.Results));
        Assert.Null(server.Engine.Find("new"));
    }

    [Fact]
    public async Task A_result_stays_while_something_of_it_is_to_be_sent()
    {
        using var server = Start(new Runner(), new JobOptions { Retention = TimeSpan.FromDays(1) });
        server.Engine.Submit(Some.Job("one"));
        await Ended(server, "one");
        var export = new StoredExport("one", "pacs", "1.2", "mask", ExportState.Pending, 0, Some.Noon, "");
        server.Exports.Add([export]);
        clock.Advance(TimeSpan.FromDays(2));

        server.Results.Tidy();
        Assert.NotNull(server.Engine.ResultFolder(server.Engine.Find("one")!));

        server.Exports.Sent(export);
        server.Results.Tidy();
        Assert.Null(server.Engine.Find("one"));
        Assert.Empty(server.Exports.Of("one"));
    }

    [Theory]
    [InlineData(-1), InlineData(1)]
    public async Task A_clock_that_is_set_removes_no_result_early_and_keeps_none_long(int hours)
    {
        using var server = Start(new Runner(), new JobOptions { Retention = TimeSpan.FromMinutes(30) });
        foreach (var id in new[] { "before", "after" })
        {
            server.Engine.Submit(Some.Job(id));
            await Ended(server, id);
            clock.Set = TimeSpan.FromHours(hours);
        }

        clock.Advance(TimeSpan.FromMinutes(29));
        server.Results.Tidy();
        Assert.Equal(2, Directory.GetDirectories(data.Results).Length);

        clock.Advance(TimeSpan.FromMinutes(1));
        server.Results.Tidy();
        Assert.Empty(Directory.GetDirectories(data.Results));
    }

    [Fact]
    public async Task A_job_may_run_its_time_and_no_longer_also_when_the_clock_is_set_back()
    {
        var runner = new Runner { Gate = new(0) };
        using var server = Start(runner, new JobOptions { MaxRun = TimeSpan.FromMinutes(10) });
        server.Engine.Submit(Some.Job("long"));
        await runner.Begun.WaitAsync();

        clock.Set = TimeSpan.FromHours(-1);
        clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(JobStatus.Running, server.Engine.Find("long")!.Status);
        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("MAX_RUN", (await Ended(server, "long")).Failure!.Reason);
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
        var exports = new ExportStore(place.Exports);
        var results = new JobResults(store, exports, place, Some.Uploads(place, time: clock), files ?? new DiskFileSystem(), options ?? new(), clock);
        var engine = new EmbeddedJobEngine(store, results, runner, new(measured.Metrics, clock), options ?? new(), clock, NullLogger<EmbeddedJobEngine>.Instance);
        engine.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        return new(engine, store, results, exports);
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

    private sealed record Running(EmbeddedJobEngine Engine, JobStore Store, JobResults Results, ExportStore Exports) : IDisposable
    {
        public void Dispose()
        {
            using var now = new CancellationTokenSource(0);
            Engine.StopAsync(now.Token).GetAwaiter().GetResult();
            Engine.Dispose();
            Store.Dispose();
            Exports.Dispose();
        }
    }

    /// <summary>Writes one file; waits before it if told to.</summary>
    private sealed class Runner : IJobRunner
    {
        public SemaphoreSlim? Gate { get; init; }

        public IFileSystem Files { get; init; } = new DiskFileSystem();

        public SemaphoreSlim Begun { get; } = new(0);

        public void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation)
        {
            Begun.Release();
            Gate?.Wait(cancellation);
            report(new Event { JobId = job.Id, Progress = new Progress { Stage = Stage.Running, Done = 2, Total = 2 } });
            Files.WriteWhole(Path.Combine(folder, "mask"), System.Text.Encoding.UTF8.GetBytes($"result of {job.Id}"));
        }
    }
}
