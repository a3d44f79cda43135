using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>
/// Jobs on this machine: stored in SQLite, queued in memory, run by a few runners. What a killed server left in its middle
/// runs again.
/// </summary>
public sealed partial class EmbeddedJobEngine(JobStore store, JobResults results, IJobRunner runner, JobMeasures measures, JobOptions options, TimeProvider time, ILogger<EmbeddedJobEngine> log)
    : BackgroundService, IJobEngine
{
    private readonly FairQueue queue = new(options);
    private readonly JobEvents events = new();
    private readonly SpentArrays spent = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> running = new();
    private readonly CancellationTokenSource draining = new();
    private readonly CancellationTokenSource stopping = new();
    private Task runners = Task.CompletedTask;

    public string Place => "this machine";

    public int Queued => queue.Count;

    public int Running => running.Count;

    public string? WhyNotReady => draining.IsCancellationRequested ? "The server stops." : null;

    public StoredJob Submit(StoredJob job, Lane lane = Lane.Batch)
    {
        if (store.FindByKey(job.Owner, job.Key) is { } before)
            return before.OrMistake(job);

        queue.CheckPlace(job.Owner);
        var stored = store.Add(job);
        if (stored.Id != job.Id)
            return stored.OrMistake(job);
        events.Say(job.Id, new Event { JobId = job.Id, Progress = new Progress { Stage = Stage.Queued } });
        measures.Accepted(job.Id, lane);
        queue.Add(job.Owner, job.Id, lane);
        return stored;
    }

    public bool Cancel(string id)
    {
        var cancelled = End(id, JobStatus.Cancelled);
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

    public string? ResultFolder(StoredJob job) => results.Of(job);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Recover();
        runners = Task.WhenAll(Enumerable.Range(0, options.Runners).Select(_ => Task.Run(() => WorkAsync(draining.Token), CancellationToken.None)));
        return base.StartAsync(cancellationToken);
    }

    /// <remarks>Those that run get the time for it, then they are broken off and run again at the next start.</remarks>
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

    /// <summary>What the last run of the server left: half results are removed, whole ones made visible, the rest runs again.</summary>
    private void Recover()
    {
        results.DeleteLeftovers();
        foreach (var job in store.In(JobStatus.Running))
            Recover(job);
        foreach (var job in store.In(JobStatus.Queued))
            queue.Add(job.Owner, job.Id);
    }

    /// <summary>A job whose row says that it runs, and which does not.</summary>
    private void Recover(StoredJob job)
    {
        if (results.Exists(job.Id))
            End(job.Id, JobStatus.Done);
        else if (job.Attempt >= options.Attempts)
            Fail(job.Id, new JobFailure((int)StatusCode.Internal, "WORKER_DIED", $"The server died {job.Attempt} times while this job ran; it is not tried again."));
        else
            store.Requeue(job.Id);
    }

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

            try
            {
                RunOne(id);
            }
            catch (SqliteException error)
            {
                LogStore(error, id);
                await SettleAsync(id, enough);
            }
        }
    }

    /// <summary>The store could not take what became of a job: its disk is full. It is asked until it can, and the job is then what it would be after a restart.</summary>
    private async Task SettleAsync(string id, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await Task.Delay(StoreRetry, time, enough).ContinueWith(_ => { }, TaskScheduler.Default);
            try
            {
                if (store.Find(id) is { Status: JobStatus.Running } job)
                    Recover(job);
                if (store.Find(id) is { Status: JobStatus.Queued } again)
                    queue.Add(again.Owner, id);
                else
                    events.End(id);
                return;
            }
            catch (SqliteException)
            {
                // still full
            }
        }
    }

    private void RunOne(string id)
    {
        using var late = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, late.Token);
        running[id] = cancel;
        try
        {
            if (!store.Start(id, time.GetUtcNow()) || store.Find(id) is not { } job)
                return; // cancelled while it waited
            measures.Began(job);
            late.CancelAfter(options.MaxRun);
            results.Produce(job, folder => runner.Run(job, folder, said => Say(job.Id, said), cancel.Token), cancel.Token);
            if (!End(id, JobStatus.Done))
                results.Delete(id); // cancelled at the last moment: it leaves no result
        }
        catch (OperationCanceledException)
        {
            Broken(id);
        }
        catch (SqliteException)
        {
            throw; // what the store holds is not known: it is asked again
        }
        catch (Exception error)
        {
            Failed(id, error);
        }
        finally
        {
            running.TryRemove(id, out _);
            spent.AfterJob();
            if (store.Find(id) is not { HasEnded: false })
                events.End(id);
        }
    }

    private void Say(string id, Event said)
    {
        measures.Heard(id, said);
        events.Say(id, said);
    }

    /// <summary>Cancelled by its caller, too long, or the server stops: only then it runs again.</summary>
    private void Broken(string id)
    {
        if (stopping.IsCancellationRequested)
        {
            store.Requeue(id);
            measures.BrokenOff(id);
        }
        else
            Fail(id, new JobFailure((int)StatusCode.DeadlineExceeded, "MAX_RUN", $"The job ran longer than {options.MaxRun}; ask for a region, or let the administrator raise Jobs:MaxRun."));
    }

    private void Failed(string id, Exception error)
    {
        var failure = JobFailures.Of(error);
        if (error is not (ImagingException or NotHereException) || failure.Reason == JobFailures.Disk)
            LogFault(error, id);
        Fail(id, failure);
    }

    private void Fail(string id, JobFailure failure) => End(id, JobStatus.Failed, failure);

    /// <returns>False when it had ended.</returns>
    private bool End(string id, JobStatus status, JobFailure? failure = null)
    {
        if (!store.End(id, status, time.GetUtcNow(), results.Expiry, failure))
            return false;
        if (store.Find(id) is { } job)
            measures.Ended(job);
        return true;
    }

    /// <summary>Removes what has expired, once a minute.</summary>
    private async Task TidyAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                TryTidy();
        }
        catch (OperationCanceledException)
        {
            // the server stops
        }
    }

    private void TryTidy()
    {
        try
        {
            results.Tidy();
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            LogTidy(error);
        }
    }

    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(2);

    [LoggerMessage(2, LogLevel.Error, "The store cannot take what became of job {Id}; it is asked again.")]
    private partial void LogStore(Exception error, string id);

    [LoggerMessage(3, LogLevel.Error, "What has expired could not be removed; it is tried again in a minute.")]
    private partial void LogTidy(Exception error);

    [LoggerMessage(1, LogLevel.Error, "Job {Id} failed by a fault of the server.")]
    private partial void LogFault(Exception error, string id);
}
