using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;
using NATS.Client.ObjectStore;

namespace MRNet.Imaging.Nats.FrontEnd;

/// <summary>Brings what became of jobs home: a result is fetched and written here, and only then is its job done.</summary>
internal sealed partial class Collecting(NatsLink link, JobStore store, JobResults results, JobFront front, JobEvents events, JobMeasures measures, Endings endings, ILogger log)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private readonly Channel<string> told = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, byte> busy = new();

    /// <summary>Told a job that the engine knows nothing of.</summary>
    public required Action<StoredJob> Lost { get; init; }

    /// <summary>A job may have ended.</summary>
    public void Look(string id) => told.Writer.TryWrite(id);

    public bool Holds(string id) => busy.ContainsKey(id);

    /// <summary>Collects what it is told of, until it is told to stop; what it has begun it ends.</summary>
    public async Task RunAsync(CancellationToken enough)
    {
        await foreach (var id in told.Reader.ReadAllAsync(enough))
            if (busy.TryAdd(id, 0))
                try
                {
                    await CollectAsync(id);
                }
                catch (Exception error) when (error is NatsException or OperationCanceledException or SqliteException)
                {
                    LogFault(error, id);
                    _ = Task.Delay(RetryAfter, enough).ContinueWith(_ => Look(id), enough, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                }
                catch (Exception error)
                {
                    endings.Fail(id, error); // its disk is full, or the result cannot be written
                }
                finally
                {
                    busy.TryRemove(id, out _);
                }
    }

    private async Task CollectAsync(string id)
    {
        if (store.Find(id) is not { HasEnded: false } job)
            return;
        var rooms = await link.RoomsAsync(CancellationToken.None);
        if (await ValueAsync(rooms.Commits, id) is { } commit)
            await FetchAsync(rooms, job, JobCommit.Of(commit));
        else if (await ValueAsync(rooms.States, id) is { } state)
            endings.End(id, JobEnd.Of(state).Failure is null ? JobStatus.Cancelled : JobStatus.Failed, JobEnd.Of(state).Failure);
        else
            Lost(job);
    }

    private async Task FetchAsync(Rooms rooms, StoredJob job, JobCommit commit)
    {
        SegmentationResult result;
        try
        {
            result = await ResultPayload.WriteAsync(async to => await rooms.Out.GetAsync(commit.Object, to, leaveOpen: true, CancellationToken.None));
        }
        catch (NatsObjNotFoundException)
        {
            await rooms.Commits.PurgeAsync(job.Id); // its object was lost: it has to be made again
            Lost(job);
            return;
        }

        if (store.Start(job.Id, endings.Now) && store.Find(job.Id) is { } begun)
            measures.Began(begun); // all it said was lost
        var said = new JobReports(job.Id, one =>
        {
            measures.Heard(job.Id, one);
            events.Say(job.Id, one);
        });
        await Task.Run(() =>
        {
            var images = front.Open(job, new(job.Id, _ => { }), CancellationToken.None);
            results.Produce(job, folder => front.Write(job, images, result, folder, said, CancellationToken.None), CancellationToken.None);
        });
        if (!endings.End(job.Id, JobStatus.Done, null))
            results.Delete(job.Id); // cancelled at the last moment: it leaves no result
    }

    private static async Task<byte[]?> ValueAsync(INatsKVStore keys, string id) =>
        await keys.TryGetEntryAsync<byte[]>(id) is { Success: true, Value.Value: { } value } ? value : null;

    [LoggerMessage(2, LogLevel.Warning, "The result of job {Id} could not be fetched; it is tried again.")]
    private partial void LogFault(Exception error, string id);
}
