using System.Collections.Concurrent;
using System.Diagnostics;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Observability;

/// <summary>
/// Measures each job from accepted to ended, the same for every engine: counts how it ended, times how long it waited and each
/// stage, and traces both: a span for the job, one for each stage.
/// </summary>
public sealed class JobMeasures(ServerMetrics metrics, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Course> courses = new();

    /// <summary>Whether somebody waits for a job; for one that was accepted before the server's last start nobody does.</summary>
    public void Accepted(string id, Lane lane) => courses[id] = new(lane, metrics, time);

    /// <param name="job">As it is stored, with its start. It may begin again, by another worker.</param>
    public void Began(StoredJob job) => courses.GetOrAdd(job.Id, _ => new(Lane.Batch, metrics, time)).Begin(job);

    /// <summary>What it says of its stage.</summary>
    public void Heard(string id, Event said)
    {
        if (said.Progress is { } progress && courses.TryGetValue(id, out var course))
            course.Enter(progress.Stage);
    }

    /// <summary>It was broken off and runs again at the server's next start.</summary>
    public void BrokenOff(string id)
    {
        if (courses.TryRemove(id, out var course))
            course.End(null);
    }

    /// <param name="job">As it is stored, with its end.</param>
    public void Ended(StoredJob job)
    {
        var lane = Lane.Batch;
        if (courses.TryRemove(job.Id, out var course))
        {
            lane = course.Lane;
            course.End(job.Failure);
        }

        metrics.JobEnded(job, lane);
    }

    /// <summary>A stage that is no part of a job's own run: an image that is decoded while its job waits for a worker.</summary>
    public void Took(Stage stage, TimeSpan taken) => metrics.StageEnded(Name(stage), taken);

    /// <summary>Workers that took a job and did not end it.</summary>
    public void LeasesLost(int count) => metrics.LeasesLost(count);

    private static string Name(Stage stage) => stage.ToString().ToLowerInvariant();

    /// <summary>A job on its way. Its end may come from another thread than what it says.</summary>
    private sealed class Course(Lane lane, ServerMetrics metrics, TimeProvider time)
    {
        private readonly Lock gate = new();
        private bool hasBegun;
        private bool hasEnded;
        private Stage stage;
        private long since;
        private Activity? job;
        private Activity? span;

        public Lane Lane => lane;

        public void Begin(StoredJob begun)
        {
            using var _ = gate.EnterScope();
            if (!hasBegun)
                metrics.JobBegan(begun);
            hasBegun = true;
            LeaveStage();
            JobTrace.End(job);
            job = JobTrace.Begin(begun);
        }

        public void Enter(Stage next)
        {
            using var _ = gate.EnterScope();
            if (next == stage || next == Stage.Queued || hasEnded)
                return;
            LeaveStage();
            (stage, since) = (next, time.GetTimestamp());
            span = JobTrace.BeginStage(Name(next), job);
        }

        /// <param name="failure">Its sentence stays in the job.</param>
        public void End(JobFailure? failure)
        {
            using var _ = gate.EnterScope();
            hasEnded = true;
            LeaveStage();
            if (failure is not null)
                job?.SetStatus(ActivityStatusCode.Error, failure.Reason);
            JobTrace.End(job);
        }

        private void LeaveStage()
        {
            if (stage != Stage.Unspecified)
                metrics.StageEnded(Name(stage), time.GetElapsedTime(since));
            stage = Stage.Unspecified;
            JobTrace.End(span);
            span = null;
        }
    }
}
