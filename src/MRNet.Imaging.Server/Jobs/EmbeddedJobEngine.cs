using System.Collections.Concurrent;
using Grpc.Core;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>
/// Jobs on this machine: stored in SQLite, queued in memory, run by a few runners. A result is written into a folder
/// under a temporary name and becomes visible by one rename, and only then is the job done; what a killed server left in
/// its middle runs again.
/// </summary>
public sealed partial class EmbeddedJobEngine(
    JobStore store, DataFolder data, UploadStore uploads, IFileSystem files, IJobRunner runner, JobOptions options, TimeProvider time, ILogger<EmbeddedJobEngine> log)
    : BackgroundService, IJobEngine
{
    private readonly FairQueue queue = new(options);
    private readonly JobEvents events = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> running = new();
    private readonly CancellationTokenSource draining = new();
    private readonly CancellationTokenSource stopping = new();
    private Task runners = Task.CompletedTask;

    /// <summary>Jobs that wait.</summary>
    public int Queued => queue.Count;

    public int Running => running.Count;

    /// <summary>The server is about to stop: jobs are still accepted, and kept for its next start.</summary>
    public bool IsDraining => draining.IsCancellationRequested;

    public StoredJob Submit(StoredJob job)
    {
        if (store.FindByKey(job.Owner, job.Key) is { } before)
            return Same(before, job);

        queue.CheckPlace(job.Owner);
        var stored = store.Add(job);
        if (stored.Id != job.Id)
            return Same(stored, job);
        events.Say(job.Id, new Event { JobId = job.Id, Progress = new Progress { Stage = Stage.Queued } });
        queue.Add(job.Owner, job.Id);
        return stored;
    }

    public bool Cancel(string id)
    {
        var cancelled = store.End(id, JobStatus.Cancelled, time.GetUtcNow(), time.GetUtcNow() + options.Retention, null);
        queue.Remove(id);
        if (running.TryGetValue(id, out var run))
            run.Cancel();
        else
            events.End(id);
        return cancelled;
    }

    public StoredJob? Find(string id) => store.Find(id);

    public IReadOnlyList<StoredJob> List(string? owner, IReadOnlyCollection<JobStatus> statuses, int skip, int take) => store.List(owner, statuses, skip, take);

    public Progress ProgressOf(StoredJob job)
    {
        if (job.Status == JobStatus.Queued)
            return new Progress { Stage = Stage.Queued, QueuePosition = (uint)(queue.Position(job.Owner, job.Id) ?? 0) };
        return events.Last(job.Id) ?? new Progress { Stage = Stage.Unspecified };
    }

    public IAsyncEnumerable<Event> WatchAsync(string id, CancellationToken cancellation) =>
        events.WatchAsync(id, () => store.Find(id) is not { HasEnded: false }, cancellation);

    public string? ResultFolder(StoredJob job) => job.Status == JobStatus.Done && files.FolderExists(Final(job.Id)) ? Final(job.Id) : null;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Recover();
        runners = Task.WhenAll(Enumerable.Range(0, options.Runners).Select(_ => Task.Run(() => WorkAsync(draining.Token), CancellationToken.None)));
        return base.StartAsync(cancellationToken);
    }

    /// <summary>
    /// Begins no job, lets those that run end within the time for it, then breaks them off. They and those that wait run at the
    /// next start; whoever watches one of these is told to come back.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        await draining.CancelAsync();
        stopping.CancelAfter(options.Drain);
        await runners.WaitAsync(cancellation);
        foreach (var job in store.In(JobStatus.Queued))
            events.End(job.Id);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await draining.CancelAsync();
        stopping.CancelAfter(options.Drain);
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        draining.Dispose();
        stopping.Dispose();
        queue.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(runners, TidyAsync(stoppingToken));
    }

    /// <summary>An earlier job under the same key: the same one, or a mistake.</summary>
    private static StoredJob Same(StoredJob before, StoredJob asked) => before.ContentHash == asked.ContentHash
        ? before
        : throw new JobExistsException("idempotency_key is that of a job with other content; expected a new UUID for another request.");

    /// <summary>What the last run of the server left: half results are removed, whole ones made visible, the rest runs again.</summary>
    private void Recover()
    {
        foreach (var folder in files.Folders(data.Results).Where(IsLeftover))
            files.DeleteFolder(folder);
        foreach (var job in store.In(JobStatus.Running))
        {
            if (files.FolderExists(Final(job.Id)))
                store.End(job.Id, JobStatus.Done, time.GetUtcNow(), time.GetUtcNow() + options.Retention, null);
            else if (job.Attempt >= options.Attempts)
                Fail(job.Id, new JobFailure((int)StatusCode.Internal, "WORKER_DIED", $"The server died {job.Attempt} times while this job ran; it is not tried again."));
            else
                store.Requeue(job.Id);
        }

        foreach (var job in store.In(JobStatus.Queued))
            queue.Add(job.Owner, job.Id);
    }

    /// <summary>Half a result, or one whose job was removed or ended otherwise just before the server did.</summary>
    private bool IsLeftover(string folder) =>
        Path.GetExtension(folder) == Temporary || store.Find(Path.GetFileName(folder)) is null or { Status: JobStatus.Failed or JobStatus.Cancelled };

    private async Task WorkAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            string id;
            try
            {
                id = await queue.TakeAsync(enough);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            RunOne(id);
        }
    }

    private void RunOne(string id)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        running[id] = cancel;
        try
        {
            if (!store.Start(id, time.GetUtcNow()) || store.Find(id) is not { } job)
                return; // cancelled while it waited
            cancel.CancelAfter(options.MaxRun);
            Produce(job, cancel.Token);
            if (!store.End(id, JobStatus.Done, time.GetUtcNow(), time.GetUtcNow() + options.Retention, null))
                files.DeleteFolder(Final(id)); // cancelled at the last moment: it leaves no result
        }
        catch (OperationCanceledException)
        {
            Broken(id);
        }
        catch (Exception error)
        {
            Failed(id, error);
        }
        finally
        {
            running.TryRemove(id, out _);
            if (store.Find(id) is not { HasEnded: false })
                events.End(id);
        }
    }

    /// <summary>Computes into a temporary folder, and gives it its name when all of it is on the disk.</summary>
    private void Produce(StoredJob job, CancellationToken cancellation)
    {
        var folder = Path.Combine(data.Results, $"{job.Id}.{job.Attempt}{Temporary}");
        try
        {
            files.MakeFolder(folder);
            runner.Run(job, folder, said => events.Say(job.Id, said), cancellation);
            cancellation.ThrowIfCancellationRequested();
            files.SyncFolder(folder);
            files.MoveFolder(folder, Final(job.Id));
            files.SyncFolder(data.Results);
        }
        catch
        {
            files.DeleteFolder(folder);
            throw;
        }
    }

    /// <summary>Cancelled by its caller, too long, or the server stops: only then it runs again.</summary>
    private void Broken(string id)
    {
        if (stopping.IsCancellationRequested)
            store.Requeue(id);
        else
            Fail(id, new JobFailure((int)StatusCode.DeadlineExceeded, "MAX_RUN", $"The job ran longer than {options.MaxRun}; ask for a region, or let the administrator raise Jobs:MaxRun."));
    }

    private void Failed(string id, Exception error)
    {
        var failure = JobFailures.Of(error);
        if (error is not ImagingException)
            LogFault(error, id);
        Fail(id, failure);
    }

    private void Fail(string id, JobFailure failure) => store.End(id, JobStatus.Failed, time.GetUtcNow(), time.GetUtcNow() + options.Retention, failure);

    /// <summary>Removes what has expired, once a minute.</summary>
    private async Task TidyAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Tidy();
        }
        catch (OperationCanceledException)
        {
            // the server stops
        }
    }

    /// <summary>Results and jobs past their time or beyond the bytes kept, and uploads that no job needs.</summary>
    public void Tidy()
    {
        var ended = store.In(JobStatus.Done, JobStatus.Failed, JobStatus.Cancelled).OrderByDescending(job => job.Ended).ToArray();
        long bytes = 0;
        foreach (var job in ended)
        {
            bytes += Bytes(Final(job.Id));
            if (job.Expires <= time.GetUtcNow() || bytes > options.RetentionBytes)
                Remove(job.Id);
        }

        uploads.RemoveOld(store.In(JobStatus.Queued, JobStatus.Running).Select(job => job.UploadId).ToHashSet());
    }

    private void Remove(string id)
    {
        store.Remove(id); // first the row: a job without a result would be a lie, a result without a job is a leftover
        files.DeleteFolder(Final(id));
    }

    private long Bytes(string folder) => files.Files(folder).Sum(files.Length);

    private string Final(string id) => Path.Combine(data.Results, id);

    /// <summary>Ending of a folder whose result is not whole yet.</summary>
    internal const string Temporary = ".part";

    [LoggerMessage(1, LogLevel.Error, "Job {Id} failed by a fault of the server.")]
    private partial void LogFault(Exception error, string id);
}
