using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Results;

namespace MRNet.Imaging.Server.Exports;

/// <summary>
/// Results on their way to archives: stored before they are acknowledged, sent in the background, done when the archive said
/// so of each instance. UIDs come from the job, so what is sent once more after a crash is the same instance.
/// </summary>
internal sealed class ExportQueue : BackgroundService
{
    private readonly ExportStore store;
    private readonly IJobEngine engine;
    private readonly IFileSystem files;
    private readonly TimeProvider time;
    private readonly AuditTrail audit;
    private readonly Dictionary<string, ExportLine> lines;
    private TaskCompletionSource pulse = New();

    public ExportQueue(
        ExportStore store, ArchiveList archives, IJobEngine engine, IFileSystem files, ExportOptions options, TimeProvider time, Random random, AuditTrail audit, ILogger<ExportQueue> log)
    {
        (this.store, this.engine, this.files, this.time, this.audit) = (store, engine, files, time, audit);
        lines = archives.All.ToDictionary(archive => archive.Name, archive => new ExportLine(archive, store, FileOf, options, time, random, log, Said));
    }

    /// <summary>Completes at the next change of any export.</summary>
    public Task Pulse => Volatile.Read(ref pulse).Task;

    /// <summary>What became of a job's objects.</summary>
    public IReadOnlyList<StoredExport> Of(string jobId) => store.Of(jobId);

    /// <summary>Takes a job's DICOM objects; when this returns they survive the server.</summary>
    /// <param name="pacs">A name of <see cref="ArchiveList"/>.</param>
    /// <param name="outputs">None: all DICOM objects.</param>
    /// <returns>The instances, as they are now.</returns>
    /// <exception cref="InvalidImageException">There are none, or one was not kept.</exception>
    /// <exception cref="NotHereException">The result has expired.</exception>
    public IReadOnlyList<StoredExport> Add(StoredJob job, string pacs, IReadOnlyCollection<Output> outputs)
    {
        var folder = engine.ResultFolder(job) ?? throw new NotHereException("The job's result has expired; segment again.");
        var now = time.GetUtcNow();
        StoredExport[] asked = [.. new ResultFolder(folder, files).DicomObjects(outputs).Select(header => new StoredExport(job.Id, pacs, header.SopUid, header.FileName, ExportState.Pending, 0, now, ""))];
        if (asked.Length == 0)
            throw new InvalidImageException("The job has no DICOM objects; expected some of DICOM_SEG, DICOM_PARAMETRIC_MAP, DICOM_SR and DICOM_SC among its outputs: segment DICOM images with them.");
        store.Add(asked);
        lines[pacs].Wake();
        var uids = asked.Select(one => one.SopUid).ToHashSet();
        return [.. store.Of(job.Id).Where(one => one.Pacs == pacs && uids.Contains(one.SopUid))];
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (var line in lines.Values)
            line.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(lines.Values.Select(line => Task.Run(async () =>
    {
        try
        {
            await line.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // the server stops; what waits is sent after its next start
        }
    }, CancellationToken.None)));

    private string? FileOf(StoredExport export)
    {
        var path = engine.Find(export.JobId) is { } job && engine.ResultFolder(job) is { } folder ? Path.Combine(folder, export.File) : null;
        return path is not null && files.FileExists(path) ? path : null;
    }

    private void Said(StoredExport export)
    {
        Interlocked.Exchange(ref pulse, New()).TrySetResult();
        var all = store.Of(export.JobId).Where(one => one.Pacs == export.Pacs).ToList();
        if (all.TrueForAll(one => one.State != ExportState.Pending))
            audit.Exported(export.JobId, export.Pacs, all.TrueForAll(one => one.State == ExportState.Sent) ? AuditOutcome.Success : AuditOutcome.MinorFailure);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
