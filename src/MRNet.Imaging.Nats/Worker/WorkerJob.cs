using Google.Protobuf;
using Grpc.Core;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Services;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.ObjectStore;

namespace MRNet.Imaging.Nats.Worker;

/// <summary>One job in a worker: image, computing, result, commit. Whoever commits first has made the result; anybody else takes his back.</summary>
internal sealed partial class WorkerJob(
    NatsLink link, NatsOptions nats, WorkerOptions options, IVolumeRunner runner, CancelCalls cancels, FeatureHolder features, TimeProvider time, Func<Guid> newId, Action<string> tell, ILogger log)
{
    private static readonly AckOpts Sure = new() { DoubleAck = true };

    /// <param name="computed">Told when only the result is still on its way.</param>
    /// <returns>False when it does not advance: the process had better end.</returns>
    public async Task<bool> RunAsync(INatsJSMsg<byte[]> message, Action computed)
    {
        var job = JobMessage.Of(message.Data);
        try
        {
            return await RunAsync(message, job, (int)(message.Metadata?.NumDelivered ?? 1), computed);
        }
        catch (Exception error) when (error is NatsException or TimeoutException)
        {
            LogLost(error, job.Id); // not acknowledged: the lease runs out, and somebody takes the job again
            return true;
        }
    }

    private async Task<bool> RunAsync(INatsJSMsg<byte[]> message, JobMessage job, int attempt, Action computed)
    {
        var rooms = await link.RoomsAsync(CancellationToken.None);
        if (await HasEndedAsync(rooms, job.Id))
            await message.AckAsync(Sure);
        else if (attempt > options.Attempts)
            await FailAsync(rooms, message, job, new JobFailure((int)StatusCode.Internal, "WORKER_DIED", $"The worker died {options.Attempts} times while this job ran; it is not tried again."));
        else
            return await ComputeAsync(rooms, message, job, attempt, computed);
        return true;
    }

    private async Task<bool> ComputeAsync(Rooms rooms, INatsJSMsg<byte[]> message, JobMessage job, int attempt, Action computed)
    {
        tell($"Job {job.Id} begins, run {attempt}.");
        using var call = cancels.Begin(job.Id);
        call.EndAfter(job.MaxRun);
        var lease = new Lease(message, nats, time);
        var computing = Task.Run(() => ComputeAsync(rooms, message, job, attempt, lease, call, computed), CancellationToken.None);
        if (await Task.WhenAny(computing, lease.Stalled) != computing)
        {
            tell($"Job {job.Id} does not advance; it is given back.");
            return false;
        }

        await lease.DisposeAsync();
        await computing;
        return true;
    }

    private async Task ComputeAsync(Rooms rooms, INatsJSMsg<byte[]> message, JobMessage job, int attempt, Lease lease, CancelCalls.Call call, Action computed)
    {
        try
        {
            var request = SegmentRequest.Parser.ParseFrom(job.Request);
            var session = features.Find(job.FeatureKey) ?? features.Add(job.FeatureKey, await ImageAsync(rooms, job, lease, call.Token));
            var result = runner.Run(new(job.Id, request, session.Image, session.Memory), said => Say(job.Id, attempt, said, lease), call.Token);
            CheckWeights(result.Provenance, job);
            computed();
            if (!await CommitAsync(rooms, job, result, Requests.Outputs(request), attempt, lease, call.Token))
            {
                await message.AckAsync(); // the engine may not answer: the job is another's
                tell($"Job {job.Id} has ended without us; our result is taken back.");
                return;
            }

            await message.AckAsync(Sure);
            await link.Connection.PublishAsync(link.Names.Done(job.Id));
            features.Hear(job.FeatureKey);
            tell($"Job {job.Id} is done.");
        }
        catch (NatsObjNotFoundException)
        {
            await message.AckTerminateAsync();
            if (await HasEndedAsync(rooms, job.Id)) // cancelled: its image was taken away while we asked for it
            {
                tell($"Job {job.Id} was cancelled.");
                return;
            }

            await link.Connection.PublishAsync(link.Names.Done(job.Id)); // the image was lost: the front end is asked for it
            tell($"Job {job.Id} has no image; the front end sends it again.");
        }
        catch (OperationCanceledException) when (call.IsCalled)
        {
            await message.AckTerminateAsync();
            tell($"Job {job.Id} was cancelled.");
        }
        catch (OperationCanceledException) when (call.Token.IsCancellationRequested)
        {
            await FailAsync(rooms, message, job, new JobFailure((int)StatusCode.DeadlineExceeded, "MAX_RUN", $"The job ran longer than {job.MaxRun}; ask for a region, or let the administrator raise Jobs:MaxRun."));
        }
        catch (Exception error) when (error is not (NatsException or TimeoutException or OperationCanceledException))
        {
            if (error is not ImagingException)
                LogFault(error, job.Id);
            await FailAsync(rooms, message, job, JobFailures.Of(error));
        }
    }

    private static async Task<Volume> ImageAsync(Rooms rooms, JobMessage job, Lease lease, CancellationToken cancellation) =>
        await VolumePayload.WriteAsync(async to => await rooms.In.GetAsync(job.Id, to, leaveOpen: true, cancellation), lease.Touch);

    /// <returns>False when somebody was faster, or it was cancelled.</returns>
    private async Task<bool> CommitAsync(Rooms rooms, JobMessage job, SegmentationResult result, IReadOnlyList<Output> outputs, int attempt, Lease lease, CancellationToken cancellation)
    {
        var name = $"{job.Id}.{attempt}.{newId():N}";
        using (var payload = ResultPayload.Read(result, outputs, lease.Touch))
            await rooms.Out.PutAsync(name, payload, leaveOpen: true, cancellation);

        var isCancelled = (await rooms.States.TryGetEntryAsync<byte[]>(job.Id, cancellationToken: CancellationToken.None)).Success;
        if (!isCancelled && (await rooms.Commits.TryCreateAsync(job.Id, new JobCommit(name, attempt).ToBytes(), cancellationToken: CancellationToken.None)).Success)
            return true;
        if (!isCancelled && await IsOursAsync(rooms, job.Id, name))
            return true;
        await link.DeleteAsync(rooms.Out, name, CancellationToken.None);
        return false;
    }

    /// <summary>A commit whose answer was lost may be our own.</summary>
    private static async Task<bool> IsOursAsync(Rooms rooms, string id, string name)
    {
        var there = await rooms.Commits.TryGetEntryAsync<byte[]>(id);
        return there.Success ? JobCommit.Of(there.Value.Value).Object == name : throw new NatsException("A result could not be committed.", there.Error);
    }

    private static async Task<bool> HasEndedAsync(Rooms rooms, string id) =>
        (await rooms.Commits.TryGetEntryAsync<byte[]>(id)).Success || (await rooms.States.TryGetEntryAsync<byte[]>(id)).Success;

    private async Task FailAsync(Rooms rooms, INatsJSMsg<byte[]> message, JobMessage job, JobFailure failure)
    {
        await rooms.States.PutAsync(job.Id, new JobEnd(failure).ToBytes());
        await message.AckTerminateAsync();
        await link.Connection.PublishAsync(link.Names.Done(job.Id));
        tell($"Job {job.Id} failed: {failure.Reason}.");
    }

    private static void CheckWeights(Provenance made, JobMessage job)
    {
        if (job.WeightsSha256.Length > 0 && made.WeightsSha256 != job.WeightsSha256)
            throw new WeightsException($"Model {made.ModelId} of the worker has weights {made.WeightsSha256[..8]}; expected {job.WeightsSha256[..8]}: give front end and workers the same model files.");
    }

    private void Say(string id, int attempt, Event said, Lease lease)
    {
        lease.Touch();
        _ = SayAsync(id, new JobNews(attempt, said.ToByteArray()));
    }

    private async Task SayAsync(string id, JobNews news)
    {
        try
        {
            await link.Connection.PublishAsync(link.Names.Progress(id), news.ToBytes());
        }
        catch (NatsException)
        {
            // a progress that is lost is followed by the next one
        }
    }

    [LoggerMessage(2, LogLevel.Error, "Job {Id} failed by a fault of the worker.")]
    private partial void LogFault(Exception error, string id);

    [LoggerMessage(3, LogLevel.Warning, "Job {Id} is given back: the engine is away.")]
    private partial void LogLost(Exception error, string id);
}
