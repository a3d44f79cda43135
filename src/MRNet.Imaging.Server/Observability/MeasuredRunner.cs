using System.Diagnostics;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Observability;

/// <summary>Times each stage of a job, counts how it ended, and traces both: a span for the job, one for each stage.</summary>
internal sealed class MeasuredRunner(IJobRunner runner, ServerMetrics metrics, TimeProvider time) : IJobRunner
{
    public void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation)
    {
        metrics.JobBegan(job);
        using var span = JobTrace.Begin(job);
        using var stages = new Stages(metrics, time);
        try
        {
            runner.Run(job, folder, said =>
            {
                stages.Hear(said);
                report(said);
            }, cancellation);
            metrics.JobEnded(job, "done");
        }
        catch (OperationCanceledException)
        {
            metrics.JobEnded(job, "cancelled");
            throw;
        }
        catch (Exception error)
        {
            metrics.JobEnded(job, "failed");
            span?.SetStatus(ActivityStatusCode.Error, JobFailures.Of(error).Reason); // the sentence stays in the job
            throw;
        }
    }

    /// <summary>The stage a job is in, by what it says.</summary>
    private sealed class Stages(ServerMetrics metrics, TimeProvider time) : IDisposable
    {
        private Stage current;
        private long begun;
        private Activity? span;

        public void Hear(Event said)
        {
            if (said.Progress is not { } progress || progress.Stage == current)
                return;
            Dispose();
            (current, begun) = (progress.Stage, time.GetTimestamp());
            span = JobTrace.BeginStage(Name(current));
        }

        public void Dispose()
        {
            if (current != Stage.Unspecified)
                metrics.StageEnded(Name(current), time.GetElapsedTime(begun));
            span?.Dispose();
        }

        private static string Name(Stage stage) => stage.ToString().ToLowerInvariant();
    }
}
