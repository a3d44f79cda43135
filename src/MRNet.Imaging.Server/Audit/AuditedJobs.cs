using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Audit;

/// <summary>Jobs that are recorded before they are taken.</summary>
internal sealed class AuditedJobs(IJobEngine engine, AuditTrail audit) : IJobEngine
{
    public string Place => engine.Place;

    public int Queued => engine.Queued;

    public int Running => engine.Running;

    public string? WhyNotReady => engine.WhyNotReady;

    public StoredJob Submit(StoredJob job, Lane lane = Lane.Batch)
    {
        audit.Accepted(job.Id);
        return engine.Submit(job, lane);
    }

    public bool Cancel(string id) => engine.Cancel(id);

    public StoredJob? Find(string id) => engine.Find(id);

    public IReadOnlyList<StoredJob> List(string? owner, IReadOnlyCollection<JobStatus> statuses, int skip, int take) => engine.List(owner, statuses, skip, take);

    public Progress ProgressOf(StoredJob job) => engine.ProgressOf(job);

    public IAsyncEnumerable<Event> WatchAsync(string id, CancellationToken cancellation) => engine.WatchAsync(id, cancellation);

    public string? ResultFolder(StoredJob job) => engine.ResultFolder(job);

    public Task DrainAsync(CancellationToken cancellation) => engine.DrainAsync(cancellation);
}
