using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Tests.Observability;

public sealed class JobMeasuresTests : IDisposable
{
    private const string Id = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c00f";

    private readonly FakeTimeProvider clock = Some.Clock();
    private readonly HeardMetrics heard = new();
    private readonly JobMeasures measures;

    public JobMeasuresTests() => measures = new(heard.Metrics, clock);

    public void Dispose() => heard.Dispose();

    [Fact]
    public void A_job_is_timed_by_stage_and_counted_with_its_lane_and_model()
    {
        measures.Accepted(Id, Lane.Interactive);
        Say(Stage.Queued, seconds: 5);
        measures.Began(Job());
        Say(Stage.Decoding, seconds: 2);
        Say(Stage.Running, seconds: 3);
        Say(Stage.Running, seconds: 4);
        measures.Ended(Job() with { Status = JobStatus.Done });

        Assert.Equal(["job.queue.time 5", "job.run.time 2 stage=decoding", "job.run.time 7 stage=running", "jobs 1 lane=interactive model=a-model outcome=done"], heard.Lines);
    }

    [Fact]
    public void A_job_that_ends_while_it_waits_is_counted_and_was_never_begun()
    {
        measures.Ended(Job() with { Status = JobStatus.Cancelled });

        Assert.Equal(["jobs 1 lane=batch model=a-model outcome=cancelled"], heard.Lines);
    }

    [Fact]
    public void A_job_that_another_worker_begins_again_has_waited_once()
    {
        measures.Accepted(Id, Lane.Batch);
        measures.Began(Job());
        Say(Stage.Running, seconds: 1);
        measures.LeasesLost(1);
        measures.Began(Job() with { Started = Some.Noon + TimeSpan.FromMinutes(1) });
        Say(Stage.Running, seconds: 2);
        measures.Ended(Job() with { Status = JobStatus.Done });

        Assert.Equal(["job.queue.time 5", "job.run.time 1 stage=running", "job.run.time 2 stage=running", "jobs 1 lane=batch model=a-model outcome=done", "leases.lost 1"], heard.Lines);
    }

    [Fact]
    public void What_the_servers_stop_breaks_off_has_not_ended()
    {
        measures.Began(Job());
        Say(Stage.Running, seconds: 1);
        measures.BrokenOff(Id);
        Say(Stage.Writing, seconds: 1);

        Assert.Equal(["job.queue.time 5", "job.run.time 1 stage=running"], heard.Lines);
    }

    [Fact]
    public void Each_stage_is_a_span_of_a_trace_that_links_to_the_job_and_a_failure_says_its_reason_alone()
    {
        var spans = new List<Activity>();
        using var hearing = new ActivityListener
        {
            ShouldListenTo = source => source.Name == JobTrace.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans)
                    spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(hearing);
        using var caller = new Activity("a call").Start();

        measures.Began(Job());
        Say(Stage.Decoding, seconds: 1);
        Say(Stage.Running, seconds: 1);
        measures.Ended(Job() with { Status = JobStatus.Failed, Failure = new(3, "INVALID_IMAGE", "CANARY is not seen here.") });

        Assert.Same(caller, Activity.Current);
        lock (spans)
        {
            var job = spans.Single(span => span.OperationName == "job" && span.Links.Any(link => link.Context.TraceId.ToHexString() == Id.Replace("-", "")));
            var stages = spans.Where(span => span.ParentSpanId == job.SpanId);
            Assert.Equal(["decoding", "running"], stages.Select(span => span.OperationName));
            Assert.Equal((ActivityStatusCode.Error, "INVALID_IMAGE"), (job.Status, job.StatusDescription));
            Assert.NotEqual(caller.TraceId, job.TraceId);
        }
    }

    private static StoredJob Job() => Some.Job(Id) with { Started = Some.Noon + TimeSpan.FromSeconds(5) };

    private void Say(Stage stage, double seconds)
    {
        measures.Heard(Id, new() { Progress = new() { Stage = stage } });
        clock.Advance(TimeSpan.FromSeconds(seconds));
    }
}
