using System.Diagnostics;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Observability;

/// <summary>Spans of jobs. Whoever knows a job's id finds them by their link, whose trace id is the job's UUID.</summary>
internal static class JobTrace
{
    public const string SourceName = "MRNet.Imaging";

    private static readonly ActivitySource Source = new(SourceName);

    /// <returns>Null when nobody listens.</returns>
    public static Activity? Begin(StoredJob job) => !Source.HasListeners() ? null : Apart(() =>
        Source.StartActivity("job", ActivityKind.Internal, default(ActivityContext), [new("model", job.ModelId), new("attempt", job.Attempt)], [LinkTo(job.Id)]));

    /// <param name="stage">decoding, preparing, running or writing.</param>
    public static Activity? BeginStage(string stage, Activity? job) => job is null ? null : Apart(() => Source.StartActivity(stage, ActivityKind.Internal, job.Context));

    public static void End(Activity? span)
    {
        if (span is not null)
            Apart(() =>
            {
                span.Dispose();
                return span;
            });
    }

    /// <summary>A job goes on from call to call and thread to thread: none of them is its cause, and it is nobody's.</summary>
    private static Activity? Apart(Func<Activity?> work)
    {
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            return work();
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>W3C ids are hexadecimal digits: 32 of a trace, 16 of a span.</summary>
    private static ActivityLink LinkTo(string jobId)
    {
        var digits = jobId.Replace("-", "", StringComparison.Ordinal);
        return new(new(ActivityTraceId.CreateFromString(digits), ActivitySpanId.CreateFromString(digits.AsSpan(0, 16)), ActivityTraceFlags.None), new([new("job", jobId)]));
    }
}
