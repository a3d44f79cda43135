using System.Collections.Concurrent;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Observability;
using NATS.Client.Core;

namespace MRNet.Imaging.Nats.FrontEnd;

/// <summary>
/// Jobs on many machines. Accepted, watched and kept here as ever; the computing goes through NATS to workers. The row and the
/// upload are the outbox: what the engine between forgets is published again until the result is here.
/// </summary>
internal sealed partial class NatsJobEngine : BackgroundService, IJobEngine
{
    private static readonly TimeSpan BeginAgain = TimeSpan.FromSeconds(1);

    private readonly NatsLink link;
    private readonly JobStore store;
    private readonly JobResults results;
    private readonly JobMeasures measures;
    private readonly JobOptions options;
    private readonly NatsOptions nats;
    private readonly TimeProvider time;
    private readonly ILogger<NatsJobEngine> log;
    private readonly JobEvents events = new();
    private readonly ConcurrentDictionary<string, int> attempts = new();
    private readonly CancellationTokenSource draining = new();
    private readonly Endings endings;
    private readonly Outbox outbox;
    private readonly Collecting collecting;
    private readonly Reconciler reconciler;
    private Task collectors = Task.CompletedTask;

    public NatsJobEngine(
        NatsLink link, JobStore store, JobResults results, JobFront front, ModelShelf models, JobMeasures measures, NatsOptions nats, JobOptions options, TimeProvider time, ILogger<NatsJobEngine> log)
    {
        (this.link, this.store, this.results, this.measures, this.nats, this.options, this.time, this.log) = (link, store, results, measures, nats, options, time, log);
        endings = new(link, store, events, measures, options, time, log) { Ended = id => attempts.TryRemove(id, out _) };
        outbox = new(link, store, front, models, measures, nats, options, time, log) { Failed = endings.Fail, Late = endings.Forget };
        collecting = new(link, store, results, front, events, measures, endings, log) { Lost = job => outbox.Add(job, Lane.Batch) };
        reconciler = new(link, store, outbox, collecting, endings, time, log);
    }

    public string Place => nats.Urls;

    public int Queued => store.Count(JobStatus.Queued);

    public int Running => store.Count(JobStatus.Running);

    public string? WhyNotReady => draining.IsCancellationRequested ? "The server stops."
        : !link.IsOpen ? $"The engine {nats.Urls} is not connected."
        : reconciler.Trouble is { } trouble ? $"The engine {nats.Urls} cannot be used: {trouble}." : null;

    public StoredJob Submit(StoredJob job, Lane lane = Lane.Batch)
    {
        if (store.FindByKey(job.Owner, job.Key) is { } before)
            return before.OrMistake(job);

        CheckPlace(job.Owner);
        var stored = store.Add(job);
        if (stored.Id != job.Id)
            return stored.OrMistake(job);
        events.Say(job.Id, new Event { JobId = job.Id, Progress = new Progress { Stage = Stage.Queued } });
        measures.Accepted(job.Id, lane);
        outbox.Add(job, lane);
        return stored;
    }

    public bool Cancel(string id)
    {
        outbox.Remove(id);
        return endings.End(id, JobStatus.Cancelled, null);
    }

    public StoredJob? Find(string id) => store.Find(id);

    public IReadOnlyList<StoredJob> List(string? owner, IReadOnlyCollection<JobStatus> statuses, int skip, int take) => store.List(owner, statuses, skip, take);

    public Progress ProgressOf(StoredJob job) => job.Status == JobStatus.Queued
        ? new Progress { Stage = Stage.Queued, QueuePosition = (uint)store.CountBefore(job) }
        : events.Last(job.Id) ?? new Progress { Stage = Stage.Unspecified };

    public IAsyncEnumerable<Event> WatchAsync(string id, CancellationToken cancellation) =>
        events.WatchAsync(id, () => store.Find(id) is not { HasEnded: false }, cancellation);

    public string? ResultFolder(StoredJob job) => results.Of(job);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        results.DeleteLeftovers();
        foreach (var job in store.In(JobStatus.Queued, JobStatus.Running).Where(job => results.Exists(job.Id)))
            endings.End(job.Id, JobStatus.Done, null);
        link.Connection.ConnectionOpened += OpenedAsync;
        return base.StartAsync(cancellationToken);
    }

    public async Task DrainAsync(CancellationToken cancellation)
    {
        await draining.CancelAsync();
        await collectors.WaitAsync(options.Drain, time, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
        foreach (var job in store.In(JobStatus.Queued, JobStatus.Running))
            events.End(job.Id);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await draining.CancelAsync();
        link.Connection.ConnectionOpened -= OpenedAsync;
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        draining.Dispose();
        outbox.Dispose();
        reconciler.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, draining.Token);
        collectors = AllAsync(nats.AtOnce, collecting.RunAsync, enough.Token);
        await Task.WhenAll(
            collectors,
            AllAsync(nats.AtOnce, outbox.RunAsync, enough.Token),
            AllAsync(1, endings.RunAsync, stoppingToken),
            AllAsync(1, stop => reconciler.RunAsync(nats.Reconcile, stop), enough.Token),
            AllAsync(1, HearProgressAsync, stoppingToken),
            AllAsync(1, HearDoneAsync, stoppingToken),
            AllAsync(1, TidyAsync, stoppingToken));
    }

    /// <summary>Several at once. Told to stop, they end quietly; one that falls, for a full disk or a message that is none, begins again.</summary>
    private Task AllAsync(int count, Func<CancellationToken, Task> work, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(() => AgainAsync(work, stop), CancellationToken.None)));

    private async Task AgainAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            try
            {
                await work(stop);
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogFall(error);
                await Task.Delay(BeginAgain, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            }
    }

    private void CheckPlace(string owner)
    {
        if (outbox.Refusal is { } refusal)
            throw new ResourceLimitException(refusal);
        if (Queued is var all && all >= options.QueueLimit)
            throw new ResourceLimitException($"The queue has {all} jobs; expected fewer than {options.QueueLimit}: try again later.");
        if (store.Count(JobStatus.Queued, owner) is var mine && mine >= options.QueuePerCaller)
            throw new ResourceLimitException($"The queue has {mine} jobs of this caller; expected fewer than {options.QueuePerCaller}: wait for one to end.");
    }

    private ValueTask OpenedAsync(object? sender, NatsEventArgs args)
    {
        reconciler.Wake();
        return ValueTask.CompletedTask;
    }

    private async Task HearDoneAsync(CancellationToken stop)
    {
        await foreach (var message in link.Connection.SubscribeAsync<byte[]>(link.Names.Done("*"), cancellationToken: stop))
            if (Names.LastOf(message.Subject) is var id && store.Find(id) is { HasEnded: false })
                collecting.Look(id);
    }

    private async Task HearProgressAsync(CancellationToken stop)
    {
        await foreach (var message in link.Connection.SubscribeAsync<byte[]>(link.Names.Progress("*"), cancellationToken: stop))
            if (Names.LastOf(message.Subject) is var id && store.Find(id) is { HasEnded: false } job)
                Hear(job, JobNews.Of(message.Data));
    }

    /// <summary>A worker that takes a job over begins anew; whoever watches sees no step back.</summary>
    private void Hear(StoredJob job, JobNews news)
    {
        var before = attempts.GetValueOrDefault(job.Id);
        if (before < news.Attempt)
        {
            attempts[job.Id] = news.Attempt;
            if (news.Attempt > Math.Max(1, before))
                measures.LeasesLost(news.Attempt - Math.Max(1, before));
            store.Requeue(job.Id);
            if (store.Start(job.Id, time.GetUtcNow()) && store.Find(job.Id) is { } begun)
                measures.Began(begun);
        }

        var said = Event.Parser.ParseFrom(news.Event);
        measures.Heard(job.Id, said);
        events.Say(job.Id, said.Progress is { } progress && events.Last(job.Id) is { } last && IsBehind(progress, last) ? new Event { JobId = job.Id, Progress = last } : said);
    }

    private static bool IsBehind(Progress progress, Progress last) =>
        progress.Stage < last.Stage || (progress.Stage == last.Stage && (ulong)progress.Done * last.Total < (ulong)last.Done * progress.Total);

    private async Task TidyAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        while (await timer.WaitForNextTickAsync(stop))
            results.Tidy();
    }

    [LoggerMessage(5, LogLevel.Error, "A part of the engine fell, and begins again.")]
    private partial void LogFall(Exception error);
}
