using Grpc.Core;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Tests.Jobs.Contract;

/// <summary>What every engine keeps, wherever its jobs run.</summary>
public abstract class JobEngineContract : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Begins with what is in the data folder.</summary>
    private protected abstract Task<Started> StartAsync(ServerParts front, IVolumeRunner runner);

    public virtual void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_job_ends_with_its_result_in_place()
    {
        await using var server = await StartAsync(new StubRunner());
        var id = server.Submit();

        var job = await server.EndedAsync(id);

        Assert.Equal((JobStatus.Done, 1), (job.Status, job.Attempt));
        var events = server.Front.Result(server.Engine, id);
        Assert.Equal(12ul, events[0].Summary.Stats.Single().Voxels);
        Assert.Equal(Output.Mask, events.Single(said => said.Map is not null).Map.Kind);
        Assert.NotNull(events[^1].Done);
        Assert.Equal([id], server.ResultFolders());
    }

    [Fact]
    public async Task All_outputs_of_a_job_are_made_of_what_was_computed()
    {
        await using var server = await StartAsync(new StubRunner());
        Output[] outputs = [Output.Mask, Output.Probability, Output.Uncertainty, Output.RaterMasks, Output.RaterProbability, Output.Nifti];
        var id = server.Engine.Submit(server.Front.Job(outputs: outputs)).Id;

        Assert.Equal(JobStatus.Done, (await server.EndedAsync(id)).Status);

        var events = server.Front.Result(server.Engine, id);
        Assert.Equal(outputs, events.Where(said => said.Map is not null || said.Object is not null).Select(said => said.Map?.Kind ?? said.Object.Kind).Distinct());
        Assert.Equal((0.25, 0.75), (events.Single(said => said.Map?.Kind == Output.Probability).Map.Minimum, events.Single(said => said.Map?.Kind == Output.Probability).Map.Maximum));
    }

    [Fact]
    public async Task A_runner_is_given_nothing_that_says_whose_image_it_is()
    {
        var runner = new StubRunner();
        await using var server = await StartAsync(runner);

        await server.EndedAsync(server.Submit());

        Assert.Empty(runner.Last!.Volume.Sources);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i).Order(), runner.Last.Volume.Samples.Order());
    }

    [Fact]
    public async Task A_job_is_counted_when_it_ends_with_its_lane_and_timed_by_stage()
    {
        var runner = new StubRunner { Gate = new(0) };
        await using var server = await StartAsync(runner);
        var runs = server.Engine.Submit(server.Front.Job(), Lane.Interactive).Id;
        await runner.Begun.WaitAsync();
        await Started.Until(() => server.Engine.Find(runs)!.Status == JobStatus.Running);
        server.Engine.Cancel(server.Submit());
        runner.Gate.Release();
        await server.EndedAsync(runs);

        var measured = server.Front.Measured;
        await Started.Until(() => measured.Of("jobs").Count() == 2);
        Assert.Equal(["jobs 1 lane=batch model=stub outcome=cancelled", "jobs 1 lane=interactive model=stub outcome=done"], measured.Of("jobs"));
        Assert.Single(measured.Of("job.queue.time"));
        Assert.Equal(["decoding", "running", "writing"], measured.Of("job.run.time").Select(line => line.Split("stage=")[1]).Distinct().Order());
    }

    [Fact]
    public async Task A_failed_job_is_counted_as_such()
    {
        await using var server = await StartAsync(new StubRunner { Fault = new InvalidImageException("The image has 3 channels; model stub wants 1.") });

        await server.EndedAsync(server.Submit());

        await Started.Until(() => server.Front.Measured.Of("jobs").Any());
        Assert.Equal(["jobs 1 lane=batch model=stub outcome=failed"], server.Front.Measured.Of("jobs"));
    }

    [Fact]
    public async Task Watching_tells_the_progress_and_ends_with_the_job()
    {
        var runner = new StubRunner { Gate = new(0) };
        await using var server = await StartAsync(runner);
        var id = server.Submit();
        await runner.Begun.WaitAsync();
        await Started.Until(() => server.Engine.Find(id)!.Status == JobStatus.Running);

        var watching = server.Engine.WatchAsync(id, CancellationToken.None).ToListAsync();
        runner.Gate.Release();
        var said = (await watching).Select(one => one.Progress).OfType<Progress>().ToList();

        Assert.Contains(said, progress => (progress.Stage, progress.Done, progress.Total) == (Stage.Running, 2, 2));
        Assert.Equal(said.OrderBy(progress => progress.Stage).ThenBy(progress => progress.Done), said);
    }

    [Fact]
    public async Task Watching_a_job_that_has_ended_ends_at_once()
    {
        await using var server = await StartAsync(new StubRunner());
        var id = server.Submit();
        await server.EndedAsync(id);

        Assert.Empty(await server.Engine.WatchAsync(id, CancellationToken.None).ToListAsync());
        Assert.Empty(await server.Engine.WatchAsync("none", CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task A_failing_job_says_why_and_leaves_nothing()
    {
        await using var server = await StartAsync(new StubRunner { Fault = new InvalidImageException("The image has 3 channels; model stub wants 1. Choose another model.") });

        var job = await server.EndedAsync(server.Submit());

        Assert.Equal(new JobFailure((int)StatusCode.InvalidArgument, "INVALID_IMAGE", "The image has 3 channels; model stub wants 1. Choose another model."), job.Failure);
        Assert.Empty(server.ResultFolders());
    }

    [Fact]
    public async Task An_image_that_cannot_be_read_fails_its_job_with_the_readers_sentence()
    {
        var runner = new StubRunner();
        await using var server = await StartAsync(runner);

        var job = await server.EndedAsync(server.Engine.Submit(server.Front.Job(image: new byte[1000])).Id);

        Assert.Equal((JobStatus.Failed, "INVALID_IMAGE", 0), (job.Status, job.Failure!.Reason, runner.Runs));
    }

    [Fact]
    public async Task A_fault_of_ours_is_told_without_its_details()
    {
        await using var server = await StartAsync(new StubRunner { Fault = new InvalidOperationException("Mueller^Anna") });

        var job = await server.EndedAsync(server.Submit());

        Assert.Equal("FAULT", job.Failure!.Reason);
        Assert.DoesNotContain("Mueller", job.Failure.Message);
    }

    [Fact]
    public async Task A_running_job_is_cancelled_and_leaves_nothing()
    {
        var runner = new StubRunner { Gate = new(0) };
        await using var server = await StartAsync(runner);
        var id = server.Submit();
        await runner.Begun.WaitAsync();

        Assert.True(server.Engine.Cancel(id));

        Assert.Equal(JobStatus.Cancelled, (await server.EndedAsync(id)).Status);
        await Started.Until(() => server.Engine.Running == 0);
        Assert.Empty(server.ResultFolders());
        Assert.False(server.Engine.Cancel(id));
    }

    [Fact]
    public async Task A_waiting_job_is_cancelled_and_never_begun()
    {
        var runner = new StubRunner { Gate = new(0) };
        await using var server = await StartAsync(runner);
        var first = server.Submit();
        await runner.Begun.WaitAsync();
        var second = server.Submit();
        await server.PublishedAsync();

        server.Engine.Cancel(second);
        await server.PublishedAsync(); // where runners look it is gone
        runner.Gate.Release(2);

        Assert.Equal(JobStatus.Done, (await server.EndedAsync(first)).Status);
        Assert.Equal((JobStatus.Cancelled, 0), (server.Engine.Find(second)!.Status, server.Engine.Find(second)!.Attempt));
        Assert.Equal(0, server.Engine.Queued);
        await server.EndedAsync(server.Submit(), () => runner.Gate.Release());
        Assert.Equal(2, runner.Runs);
    }

    [Fact]
    public async Task A_job_that_somebody_waits_for_comes_before_those_that_nobody_does()
    {
        var runner = new StubRunner { Gate = new(0) };
        await using var server = await StartAsync(runner);
        server.Submit();
        await runner.Begun.WaitAsync();
        var later = server.Submit();
        await server.PublishedAsync();
        var first = server.Engine.Submit(server.Front.Job(), Lane.Interactive).Id;
        await server.PublishedAsync();

        runner.Gate.Release(2);
        await server.EndedAsync(first);

        Assert.NotEqual(JobStatus.Done, server.Engine.Find(later)!.Status);
        runner.Gate.Release();
        Assert.Equal(JobStatus.Done, (await server.EndedAsync(later)).Status);
    }

    [Fact]
    public async Task The_same_key_and_content_is_the_same_job_and_other_content_is_refused()
    {
        await using var server = await StartAsync(new StubRunner());
        var front = server.Front;
        var first = server.Engine.Submit(front.Job(key: "k", hash: "x"));

        Assert.Equal(first.Id, server.Engine.Submit(front.Job(key: "k", hash: "x")).Id);
        Assert.Throws<JobExistsException>(() => server.Engine.Submit(front.Job(key: "k", hash: "y")));
        var others = server.Engine.Submit(front.Job(owner: "berta", key: "k", hash: "y")).Id;
        await server.EndedAsync(others);
        await server.EndedAsync(first.Id);
        Assert.Equal(2, server.Engine.List(null, [], 0, 10).Count);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_keeps_nothing()
    {
        var runner = new StubRunner { Gate = new(0) };
        await using var server = await StartAsync(runner, new JobOptions { QueueLimit = 1 });
        var runs = server.Submit();
        await runner.Begun.WaitAsync();
        await Started.Until(() => server.Engine.Queued == 0);
        var waits = server.Submit();
        var tooMuch = server.Front.Job();

        Assert.Throws<ResourceLimitException>(() => server.Engine.Submit(tooMuch));

        Assert.Null(server.Engine.Find(tooMuch.Id));
        runner.Gate.Release(2);
        Assert.Equal((JobStatus.Done, JobStatus.Done), ((await server.EndedAsync(runs)).Status, (await server.EndedAsync(waits)).Status));
    }

    [Fact]
    public async Task A_callers_share_of_the_queue_is_bounded()
    {
        var runner = new StubRunner { Gate = new(0) };
        await using var server = await StartAsync(runner, new JobOptions { QueuePerCaller = 1 });
        server.Submit();
        await runner.Begun.WaitAsync();
        await Started.Until(() => server.Engine.Queued == 0);
        server.Submit();

        Assert.Contains("of this caller", Assert.Throws<ResourceLimitException>(() => server.Submit()).Message);
        server.Engine.Submit(server.Front.Job(owner: "berta"));
        runner.Gate.Release(3);
    }

    [Fact]
    public async Task Jobs_that_wait_are_kept_over_a_restart_and_done_once()
    {
        var gate = new StubRunner { Gate = new(0) };
        string runs, waits;
        await using (var server = await StartAsync(gate))
        {
            runs = server.Submit();
            await gate.Begun.WaitAsync();
            waits = server.Submit();
            var drained = server.Engine.DrainAsync(CancellationToken.None);
            gate.Gate.Release(9);
            await drained;
            Assert.NotNull(server.Engine.WhyNotReady);
        }

        await using var again = await StartAsync(new StubRunner());
        Assert.Equal(JobStatus.Done, (await again.EndedAsync(runs)).Status);
        Assert.Equal(JobStatus.Done, (await again.EndedAsync(waits)).Status);
        Assert.Equal(new[] { runs, waits }.Order(), again.ResultFolders().Order());
    }

    [Fact]
    public async Task A_result_that_was_whole_when_the_server_died_is_not_made_again()
    {
        string id;
        using (var front = Front())
        {
            var job = front.Store.Add(front.Job());
            id = job.Id;
            front.Store.Start(id, front.Time.GetUtcNow());
            Directory.CreateDirectory(Path.Combine(front.Data.Results, id));
            Directory.CreateDirectory(Path.Combine(front.Data.Results, id + ".1.part"));
        }

        var runner = new StubRunner();
        await using var server = await StartAsync(runner);

        Assert.Equal((JobStatus.Done, 1, 0), ((await server.EndedAsync(id)).Status, server.Engine.Find(id)!.Attempt, runner.Runs));
        Assert.Equal([id], server.ResultFolders());
    }

    [Fact]
    public async Task Expired_results_are_removed()
    {
        await using var server = await StartAsync(new StubRunner(), new JobOptions { RetentionBytes = 1 });
        var id = server.Submit();
        await server.EndedAsync(id);

        server.Front.Results.Tidy();

        Assert.Empty(server.ResultFolders());
        Assert.Null(server.Engine.Find(id));
    }

    private protected ServerParts Front(JobOptions? options = null) => new(folder["data"], options);

    private Task<Started> StartAsync(IVolumeRunner runner, JobOptions? options = null) => StartAsync(Front(options), runner);
}
