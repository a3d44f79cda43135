using System.Threading.Channels;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace MRNet.Imaging.Nats.FrontEnd;

/// <summary>
/// The end of a job: first the row, which says it to clients; then the engine is told and gives back what it keeps of it.
/// </summary>
internal sealed partial class Endings(NatsLink link, JobStore store, JobEvents events, JobMeasures measures, JobOptions options, TimeProvider time, ILogger log)
{
    private readonly Channel<string> ended = Channel.CreateUnbounded<string>();

    /// <summary>Told a job that has ended.</summary>
    public required Action<string> Ended { get; init; }

    public DateTimeOffset Now => time.GetUtcNow();

    /// <returns>False when it had ended.</returns>
    public bool End(string id, JobStatus status, JobFailure? failure)
    {
        var isEnd = store.End(id, status, Now, Now + options.Retention, failure);
        events.End(id);
        if (!isEnd)
            return false;
        if (failure?.Reason == DiedReason)
            measures.LeasesLost(1); // of the last worker: nobody spoke after it
        if (store.Find(id) is { } job)
            measures.Ended(job);
        Ended(id);
        Forget(id);
        return true;
    }

    /// <summary>Takes out of the engine, soon, what it has of a job that has ended.</summary>
    public void Forget(string id) => ended.Writer.TryWrite(id);

    public void Fail(string id, Exception error)
    {
        if (error is not ImagingException)
            LogFault(error, id);
        End(id, JobStatus.Failed, JobFailures.Of(error));
    }

    /// <summary>Tells the engine of one end after another, until it is told to stop. What is missed is made good by the <see cref="Reconciler"/>.</summary>
    public async Task RunAsync(CancellationToken enough)
    {
        await foreach (var id in ended.Reader.ReadAllAsync(enough))
            try
            {
                await ForgetAsync(id, enough);
            }
            catch (Exception error) when (error is NatsException || (error is OperationCanceledException && !enough.IsCancellationRequested))
            {
                LogLeft(error, id);
            }
    }

    /// <summary>The same at once.</summary>
    public async Task ForgetAsync(string id, CancellationToken cancellation)
    {
        var rooms = await link.RoomsAsync(cancellation);
        if (store.Find(id) is { Status: JobStatus.Cancelled })
        {
            await rooms.States.PutAsync(id, new JobEnd(null).ToBytes(), cancellationToken: cancellation);
            await link.Connection.PublishAsync(link.Names.Cancel(id), cancellationToken: cancellation);
        }

        await link.Stream.PurgeStreamAsync(link.Names.JobStream, new StreamPurgeRequest { Filter = link.Names.AnyJob(id) }, cancellation);
        if (store.Find(id) is not { } job || !KeepsImage(job))
            await link.DeleteAsync(rooms.In, id, cancellation);
        if (await rooms.Commits.TryGetEntryAsync<byte[]>(id, cancellationToken: cancellation) is { Success: true, Value.Value: { } commit })
            await link.DeleteAsync(rooms.Out, JobCommit.Of(commit).Object, cancellation);
    }

    /// <summary>Of a job whose workers died.</summary>
    private const string DiedReason = "WORKER_DIED";

    /// <summary>The image of a job whose workers died stays for a while, to find out why.</summary>
    public static bool KeepsImage(StoredJob job) => job is { Failure.Reason: DiedReason };

    [LoggerMessage(1, LogLevel.Error, "Job {Id} failed by a fault of the server.")]
    private partial void LogFault(Exception error, string id);

    [LoggerMessage(3, LogLevel.Warning, "The engine could not be told the end of job {Id}; it is when jobs are compared next.")]
    private partial void LogLeft(Exception error, string id);
}
