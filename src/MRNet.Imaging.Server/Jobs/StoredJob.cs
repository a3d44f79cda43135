namespace MRNet.Imaging.Server.Jobs;

/// <summary>The states of a job; the last three are final.</summary>
public enum JobStatus
{
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>Why a job failed, as a client is told.</summary>
/// <param name="Code">A gRPC status code.</param>
/// <param name="Reason">As in google.rpc.ErrorInfo: "INVALID_IMAGE".</param>
/// <param name="Message">One sentence, without patient data.</param>
public sealed record JobFailure(int Code, string Reason, string Message);

/// <summary>One segmentation asked of the server, as it is stored.</summary>
/// <param name="Id">UUID.</param>
/// <param name="Owner">Who asked; nobody else sees it.</param>
/// <param name="Key">The caller's idempotency key, or the id.</param>
/// <param name="ContentHash">SHA-256 of what was asked and of the images.</param>
/// <param name="Request">The SegmentRequest as bytes.</param>
/// <param name="UploadId">The upload it reads; empty when the images come from elsewhere.</param>
/// <param name="Attempt">How often it has been begun.</param>
public sealed record StoredJob(
    string Id, string Owner, string Key, string ContentHash, string ModelId, byte[] Request, string UploadId, JobStatus Status, int Attempt,
    DateTimeOffset Created, DateTimeOffset? Started, DateTimeOffset? Ended, DateTimeOffset? Expires, JobFailure? Failure)
{
    public bool HasEnded => Status >= JobStatus.Done;

    /// <summary>This job, for one asked under the same key.</summary>
    /// <exception cref="JobExistsException">It is of other content.</exception>
    public StoredJob OrMistake(StoredJob asked) => ContentHash == asked.ContentHash
        ? this
        : throw new JobExistsException("idempotency_key is that of a job with other content; expected a new UUID for another request.");
}
