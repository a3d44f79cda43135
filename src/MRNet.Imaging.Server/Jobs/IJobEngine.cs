using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>Takes jobs and sees to it that each ends once; on this machine, or on many.</summary>
public interface IJobEngine
{
    /// <summary>Where jobs run, for people: "this machine", "nats://host:4222".</summary>
    string Place { get; }

    /// <summary>Jobs that wait.</summary>
    int Queued { get; }

    int Running { get; }

    /// <summary>Why no work is taken now, in a sentence; null when it is.</summary>
    string? WhyNotReady { get; }

    /// <summary>Accepts a job. When this returns it survives the server.</summary>
    /// <param name="lane">Whether somebody waits for it; after a restart nobody does.</param>
    /// <returns>The stored job; an earlier one of the same key and content.</returns>
    /// <exception cref="ResourceLimitException">No place in the queue; nothing has been kept.</exception>
    /// <exception cref="JobExistsException">The key belongs to a job of other content.</exception>
    StoredJob Submit(StoredJob job, Lane lane = Lane.Batch);

    /// <summary>Ends a job as cancelled, if it has not ended.</summary>
    /// <returns>False when it had.</returns>
    bool Cancel(string id);

    /// <returns>Null when there is none.</returns>
    StoredJob? Find(string id);

    IReadOnlyList<StoredJob> List(string? owner, IReadOnlyCollection<JobStatus> statuses, int skip, int take);

    /// <summary>The last progress of a job, where it waits or what it is doing.</summary>
    Progress ProgressOf(StoredJob job);

    /// <summary>Progress and warnings from now on until the job has ended; a slow reader misses some.</summary>
    IAsyncEnumerable<Event> WatchAsync(string id, CancellationToken cancellation);

    /// <summary>The folder of a finished job's result; null when it has none (any more).</summary>
    string? ResultFolder(StoredJob job);

    /// <summary>
    /// The server is about to stop: no job is begun any more; jobs are still accepted, and kept for its next start. Whoever
    /// watches one that waits is told to come back.
    /// </summary>
    Task DrainAsync(CancellationToken cancellation);
}

/// <summary>An idempotency key that belongs to a job of other content.</summary>
public sealed class JobExistsException(string message) : Exception(message);
