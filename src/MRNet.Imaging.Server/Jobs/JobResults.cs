using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>
/// The folders of results, the same for every engine. A result is written under a temporary name and becomes visible by one
/// rename, and only then is its job done.
/// </summary>
public sealed class JobResults(JobStore store, ExportStore exports, DataFolder data, UploadStore uploads, IFileSystem files, JobOptions options, TimeProvider time)
{
    /// <summary>Ending of a folder whose result is not whole yet.</summary>
    internal const string Temporary = ".part";

    private readonly SteadyClock clock = new(time);

    /// <summary>When the result of a job that ends now is removed.</summary>
    public DateTimeOffset Expiry => clock.Now + options.Retention;

    /// <summary>The folder of a finished job's result; null when it has none (any more).</summary>
    public string? Of(StoredJob job) => job.Status == JobStatus.Done && Exists(job.Id) ? Final(job.Id) : null;

    /// <summary>Whether there is a whole result, whatever the job's row says.</summary>
    public bool Exists(string id) => files.FolderExists(Final(id));

    /// <summary>Writes into a temporary folder, and gives it its name when all of it is on the disk.</summary>
    /// <param name="write">Is given the folder.</param>
    public void Produce(StoredJob job, Action<string> write, CancellationToken cancellation)
    {
        var folder = Path.Combine(data.Results, $"{job.Id}.{job.Attempt}{Temporary}");
        var isNamed = false;
        try
        {
            files.MakeFolder(folder);
            write(folder);
            cancellation.ThrowIfCancellationRequested();
            files.SyncFolder(folder);
            files.MoveFolder(folder, Final(job.Id));
            isNamed = true;
            files.SyncFolder(data.Results);
        }
        catch
        {
            files.DeleteFolder(folder);
            if (isNamed)
                Delete(job.Id); // its name may not be on the disk
            throw;
        }
    }

    public void Delete(string id) => files.DeleteFolder(Final(id));

    /// <summary>Removes what a killed server left.</summary>
    public void DeleteLeftovers()
    {
        foreach (var folder in files.Folders(data.Results).Where(IsLeftover))
            files.DeleteFolder(folder);
    }

    /// <summary>Results and jobs past their time or beyond the bytes kept, unless something of them is still to be sent; and uploads that no job needs.</summary>
    public void Tidy()
    {
        var ended = store.In(JobStatus.Done, JobStatus.Failed, JobStatus.Cancelled).OrderByDescending(job => job.Ended).ToArray();
        long bytes = 0;
        foreach (var job in ended)
        {
            bytes += Bytes(Final(job.Id));
            if ((job.Expires <= clock.Now || bytes > options.RetentionBytes) && !exports.IsOpen(job.Id))
                Remove(job.Id);
        }

        uploads.RemoveOld(store.In(JobStatus.Queued, JobStatus.Running).Select(job => job.UploadId).ToHashSet());
    }

    /// <summary>Half a result, or one whose job was removed or ended otherwise just before the server did.</summary>
    private bool IsLeftover(string folder) =>
        Path.GetExtension(folder) == Temporary || store.Find(Path.GetFileName(folder)) is null or { Status: JobStatus.Failed or JobStatus.Cancelled };

    private void Remove(string id)
    {
        store.Remove(id); // first the row: a job without a result would be a lie, a result without a job is a leftover
        Delete(id);
        exports.Remove(id);
    }

    private long Bytes(string folder) => files.Files(folder).Sum(files.Length);

    private string Final(string id) => Path.Combine(data.Results, id);
}
