using System.Diagnostics;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Observability;

/// <summary>Spans of jobs. Whoever knows a job's id finds them by their link, whose trace id is the job's UUID.</summary>
internal static class JobTrace
{
    public const string SourceName = "MRNet.Imaging";

    private static readonly ActivitySource Source = new(SourceName);

    /// <returns>Null when nobody listens.</returns>
    public static Activity? Begin(StoredJob job)
    {
        if (!Source.HasListeners())
            return null;
        Activity.Current = null; // runners are begun by the server's start, which is none of a job's causes
        return Source.StartActivity("job", ActivityKind.Internal, default(ActivityContext), [new("model", job.ModelId), new("attempt", job.Attempt)], [LinkTo(job.Id)]);
    }

    /// <param name="stage">decoding, preparing, running or writing.</param>
    public static Activity? BeginStage(string stage) => Source.StartActivity(stage);

    /// <summary>W3C ids are hexadecimal digits: 32 of a trace, 16 of a span.</summary>
    private static ActivityLink LinkTo(string jobId)
    {
        var digits = jobId.Replace("-", "", StringComparison.Ordinal);
        return new(new(ActivityTraceId.CreateFromString(digits), ActivitySpanId.CreateFromString(digits.AsSpan(0, 16)), ActivityTraceFlags.None), new([new("job", jobId)]));
    }
}
