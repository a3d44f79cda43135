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
        var ours = store.In(JobStatus.Queued, JobStatus.Running); // first ours: what is accepted after this is in the outbox
        var waiting = await InStreamAsync(cancellation);
        foreach (var job in ours.Where(job => !waiting.Contains(job.Id) && !outbox.Holds(job) && !collecting.Holds(job.Id)))
            collecting.Look(job.Id);
        foreach (var id in waiting)
            if (store.Find(id) is { HasEnded: true } || await IsCommittedAsync(rooms, id, cancellation))
                await ForgetAsync(id, cancellation);
        await RemoveOrphansAsync(rooms, cancellation);
    }

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

    /// <summary>Results that no job names: of workers that died between writing and naming one, and of questions that nobody waited for.</summary>
    private async Task RemoveOrphansAsync(Rooms rooms, CancellationToken cancellation)
    {
        var old = time.GetUtcNow() - Orphaned;
        foreach (var subject in await link.SubjectsAsync(Names.StreamOf(link.Names.OutBucket), Names.ObjectsOf(link.Names.OutBucket), cancellation))
            if (await InfoAsync(rooms.Out, Names.ObjectOf(subject), cancellation) is { } result && result.MTime < old && !await IsNamedAsync(rooms, result.Name!, cancellation))
                await Endings.DeleteAsync(rooms.Out, result.Name!, cancellation);
    }

    private static async Task<ObjectMetadata?> InfoAsync(INatsObjStore bucket, string name, CancellationToken cancellation)
    {
        try
        {
            return await bucket.GetInfoAsync(name, cancellationToken: cancellation);
        }
        catch (NatsObjNotFoundException)
        {
            return null; // deleted: its name is left for a while
        }
    }

    private static async Task<bool> IsNamedAsync(Rooms rooms, string name, CancellationToken cancellation) =>
        await rooms.Commits.TryGetEntryAsync<byte[]>(name.Split('.')[0], cancellationToken: cancellation) is { Success: true, Value.Value: { } commit }
        && JobCommit.Of(commit).Object == name;

    [LoggerMessage(4, LogLevel.Warning, "Jobs could not be compared with the engine's; it is tried again.")]
    private partial void LogFault(Exception error);
}
