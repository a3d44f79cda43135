using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Tests.Observability;

public sealed class MeasuredRunnerTests : IDisposable
{
    private const string Id = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c00f";

    private readonly FakeTimeProvider clock = Some.Clock();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ServerMetrics metrics;
    private readonly List<string> measured = [];
    private readonly MeterListener listener;

    public MeasuredRunnerTests()
    {
        metrics = new(services.GetRequiredService<IMeterFactory>());
        listener = new()
        {
            InstrumentPublished = (instrument, hearing) =>
            {
                if (instrument.Meter == metrics.Meter)
                    hearing.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured.Add(Line(instrument, value, tags)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured.Add(Line(instrument, value, tags)));
        listener.Start();
    }

    public void Dispose()
    {
        listener.Dispose();
        services.Dispose();
    }

    [Fact]
    public void A_job_is_timed_by_stage_and_counted_with_its_model()
    {
        Run(report =>
        {
            Say(report, Stage.Decoding, seconds: 2);
            Say(report, Stage.Running, seconds: 3);
            Say(report, Stage.Running, seconds: 4);
        });

        Assert.Equal(["job.queue.time 5", "job.run.time 2 stage=decoding", "job.run.time 7 stage=running", "jobs 1 model=a-model outcome=done"], measured.Order());
    }

    [Theory]
    [InlineData(typeof(OperationCanceledException), "cancelled")]
    [InlineData(typeof(InvalidImageException), "failed")]
    public void A_job_that_breaks_off_says_how(Type error, string outcome)
    {
        Assert.Throws(error, () => Run(_ => throw (error == typeof(OperationCanceledException) ? new OperationCanceledException() : new InvalidImageException("CANARY"))));

        Assert.Contains($"jobs 1 model=a-model outcome={outcome}", measured);
    }

    [Fact]
    public void Each_stage_is_a_span_of_a_trace_that_links_to_the_job_and_a_failure_says_its_reason_alone()
    {
        var spans = new List<Activity>();
        using var hearing = new ActivityListener
        {
            ShouldListenTo = source => source.Name == JobTrace.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(hearing);

        Assert.Throws<InvalidImageException>(() => Run(report =>
        {
            Say(report, Stage.Decoding, seconds: 1);
            Say(report, Stage.Running, seconds: 1);
            throw new InvalidImageException("CANARY is not seen here.");
        }));

        var job = spans.Single(span => span.OperationName == "job" && span.Links.Any(link => link.Context.TraceId.ToHexString() == Id.Replace("-", "")));
        var stages = spans.Where(span => span.ParentSpanId == job.SpanId);
        Assert.Equal(["decoding", "running"], stages.Select(span => span.OperationName));
        Assert.Equal((ActivityStatusCode.Error, "INVALID_IMAGE"), (job.Status, job.StatusDescription));
    }

    private void Run(Action<Action<Event>> work) =>
        new MeasuredRunner(new Work(work), metrics, clock).Run(Some.Job(Id) with { Started = Some.Noon + TimeSpan.FromSeconds(5) }, "", _ => { }, CancellationToken.None);

    private void Say(Action<Event> report, Stage stage, double seconds)
    {
        report(new() { Progress = new() { Stage = stage } });
        clock.Advance(TimeSpan.FromSeconds(seconds));
    }

    private static string Line<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        $"{instrument.Name} {value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}";

    private sealed class Work(Action<Action<Event>> work) : IJobRunner
    {
        public void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation) => work(report);
    }
}
