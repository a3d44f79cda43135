using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Server.Jobs;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NATS.Client.ObjectStore;
using NATS.Client.ObjectStore.Models;

namespace MRNet.Imaging.Nats.FrontEnd;

/// <summary>
/// Compares our jobs with what the engine knows of them: what it forgot is published again, what it kept too long is
/// removed. Events may be lost; this finds out what they would have said.
/// </summary>
internal sealed partial class Reconciler(NatsLink link, JobStore store, Outbox outbox, Collecting collecting, Endings endings, TimeProvider time, ILogger log) : IDisposable
{
    private static readonly TimeSpan Orphaned = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim wake = new(0);

    /// <summary>Why the engine cannot be used, as it says; null when it can.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Compares soon: the connection was lost and is there again.</summary>
    public void Wake() => wake.Release();

    public void Dispose() => wake.Dispose();

    /// <summary>At once, then each time the span has passed, until it is told to stop.</summary>
    public async Task RunAsync(TimeSpan every, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var wait = every;
            try
            {
                await CompareAsync(enough);
                Trouble = null;
            }
            catch (Exception error) when (error is NatsException || (error is OperationCanceledException && !enough.IsCancellationRequested))
            {
                LogFault(error);
                Trouble = error.Message;
                wait = TimeSpan.FromSeconds(1);
            }

            await wake.WaitAsync(wait, enough);
        }
    }

    internal async Task CompareAsync(CancellationToken cancellation)
    {
        link.Forget();
        var rooms = await link.RoomsAsync(cancellation);
        var published = store.In(JobStatus.Queued, JobStatus.Running).Where(IsNotHere).ToList(); // first ours: what leaves the outbox later may be missed in the stream
        var waiting = await InStreamAsync(cancellation);
        foreach (var job in published.Where(job => !waiting.Contains(job.Id) && IsNotHere(job)))
            collecting.Look(job.Id);
        foreach (var id in waiting)
            if (store.Find(id) is { HasEnded: true } || await IsCommittedAsync(rooms, id, cancellation))
                await ForgetAsync(id, cancellation);
        await RemoveLeftoversAsync(rooms, cancellation);
    }

    /// <summary>It was published, and is not being fetched.</summary>
    private bool IsNotHere(StoredJob job) => !outbox.Holds(job) && !collecting.Holds(job.Id);

    /// <summary>Jobs of all front ends that wait or run.</summary>
    private async Task<HashSet<string>> InStreamAsync(CancellationToken cancellation) =>
        [.. (await link.SubjectsAsync(link.Names.JobStream, link.Names.AllJobs, cancellation)).Select(Names.LastOf)];

    private static async Task<bool> IsCommittedAsync(Rooms rooms, string id, CancellationToken cancellation) =>
        (await rooms.Commits.TryGetEntryAsync<byte[]>(id, cancellationToken: cancellation)).Success;

    /// <summary>A message that a server killed hard left is never given out, and counts against the limit. A result that is not fetched stays.</summary>
    private async Task ForgetAsync(string id, CancellationToken cancellation)
    {
        if (store.Find(id) is { HasEnded: true })
            await endings.ForgetAsync(id, cancellation);
        else
            await link.Stream.PurgeStreamAsync(link.Names.JobStream, new StreamPurgeRequest { Filter = link.Names.AnyJob(id) }, cancellation);
    }

    /// <summary>
    /// Images and results of jobs that have ended: a front end was killed over it. And results that no job names: of workers
    /// that died between writing and naming one, and of questions that nobody waited for.
    /// </summary>
    private async Task RemoveLeftoversAsync(Rooms rooms, CancellationToken cancellation)
    {
        foreach (var image in await ObjectsAsync(link.Names.InBucket, cancellation))
            if (store.Find(image) is { HasEnded: true } job && !Endings.KeepsImage(job))
                await link.DeleteAsync(rooms.In, image, cancellation);
        foreach (var result in await ObjectsAsync(link.Names.OutBucket, cancellation))
            if (store.Find(JobOf(result)) is { HasEnded: true } || await IsOrphanAsync(rooms, result, cancellation))
                await link.DeleteAsync(rooms.Out, result, cancellation);
    }

    private async Task<IEnumerable<string>> ObjectsAsync(string bucket, CancellationToken cancellation) =>
        (await link.SubjectsAsync(Names.StreamOf(bucket), Names.ObjectsOf(bucket), cancellation)).Select(Names.ObjectOf);

    private static string JobOf(string result) => result.Split('.')[0];

    private async Task<bool> IsOrphanAsync(Rooms rooms, string result, CancellationToken cancellation) =>
        await InfoAsync(rooms.Out, result, cancellation) is { } info && info.MTime < time.GetUtcNow() - Orphaned && !await IsNamedAsync(rooms, result, cancellation);

    private static async Task<ObjectMetadata?> InfoAsync(INatsObjStore bucket, string name, CancellationToken cancellation)
    {
        try
        {
            return await bucket.GetInfoAsync(name, cancellationToken: cancellation);
        }
        catch (NatsObjNotFoundException)
        {
            return null; // just deleted
        }
    }

    private static async Task<bool> IsNamedAsync(Rooms rooms, string name, CancellationToken cancellation) =>
        await rooms.Commits.TryGetEntryAsync<byte[]>(JobOf(name), cancellationToken: cancellation) is { Success: true, Value.Value: { } commit }
        && JobCommit.Of(commit).Object == name;

    [LoggerMessage(4, LogLevel.Warning, "Jobs could not be compared with the engine's; it is tried again.")]
    private partial void LogFault(Exception error);
}
