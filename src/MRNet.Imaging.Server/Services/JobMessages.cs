using Google.Protobuf.WellKnownTypes;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Services;

/// <summary>Our jobs in the words of the wire.</summary>
internal static class JobMessages
{
    public static Job Of(StoredJob job, IJobEngine engine, ExportQueue exports)
    {
        var message = new Job
        {
            Id = job.Id,
            State = Of(job.Status),
            ModelId = job.ModelId,
            Owner = job.Owner,
            Created = Timestamp.FromDateTimeOffset(job.Created),
            Started = At(job.Started),
            Ended = At(job.Ended),
            Expires = At(job.Expires),
            Outputs = { SegmentRequest.Parser.ParseFrom(job.Request).Outputs },
            Exports = { ExportMessages.Of(exports.Of(job.Id)) },
        };
        if (!job.HasEnded)
            message.Progress = engine.ProgressOf(job);
        if (job.Failure is { } failure)
            message.Failure = new Failure { Code = failure.Code, Reason = failure.Reason, Message = failure.Message };
        return message;
    }

    public static JobStatus Of(JobState state) => state switch
    {
        JobState.Queued => JobStatus.Queued,
        JobState.Running => JobStatus.Running,
        JobState.Done => JobStatus.Done,
        JobState.Failed => JobStatus.Failed,
        JobState.Cancelled => JobStatus.Cancelled,
        _ => throw new InvalidImageException($"states holds {state}; expected QUEUED, RUNNING, DONE, FAILED or CANCELLED."),
    };

    private static JobState Of(JobStatus status) => status switch
    {
        JobStatus.Queued => JobState.Queued,
        JobStatus.Running => JobState.Running,
        JobStatus.Done => JobState.Done,
        JobStatus.Failed => JobState.Failed,
        _ => JobState.Cancelled,
    };

    private static Timestamp? At(DateTimeOffset? at) => at is { } moment ? Timestamp.FromDateTimeOffset(moment) : null;
}
