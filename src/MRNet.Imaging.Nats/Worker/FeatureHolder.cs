using System.Collections.Concurrent;
using Google.Protobuf;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Services;
using NATS.Client.Core;

namespace MRNet.Imaging.Nats.Worker;

/// <summary>
/// What this worker keeps of the images it has seen, and its answers to other weights for them. It listens for each image it
/// keeps; for one that it dropped nobody listens, and the front end has it computed anew.
/// </summary>
internal sealed partial class FeatureHolder(NatsLink link, IVolumeRunner runner, CancelCalls cancels, WorkerOptions options, TimeProvider time, Func<Guid> newId, ILogger log) : IDisposable
{
    private readonly SessionMemory<string, Volume> memory = new(options.FeatureBytes, options.FeatureIdle, time);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> heard = new();

    /// <summary>Slices whose features were kept, and whose features had to be computed, since the start.</summary>
    public (long Hits, long Misses) Count => (memory.Hits, memory.Misses);

    /// <returns>Null when nothing is kept of the image.</returns>
    public Session<Volume>? Find(string key) => memory.Find(key);

    public Session<Volume> Add(string key, Volume volume) => memory.Add(key, volume, (long)volume.Samples.Length * sizeof(float));

    /// <summary>Answers questions about an image from now on, and no more about those that were dropped.</summary>
    public void Hear(string key)
    {
        foreach (var gone in heard.Keys.Where(other => !memory.Holds(other)))
            if (heard.TryRemove(gone, out var stopped))
                stopped.Cancel();
        if (!memory.Holds(key))
            return;
        var stop = new CancellationTokenSource();
        if (heard.TryAdd(key, stop))
            _ = Task.Run(() => HearAsync(key, stop.Token), CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var stop in heard.Values)
            stop.Cancel();
        memory.Dispose();
    }

    private async Task HearAsync(string key, CancellationToken stop)
    {
        try
        {
            await foreach (var question in link.Connection.SubscribeAsync<byte[]>(link.Names.Features(key), Names.FeaturesGroup, cancellationToken: stop))
                _ = Task.Run(() => AnswerAsync(key, question), CancellationToken.None);
        }
        catch (Exception error) when (error is NatsException or OperationCanceledException)
        {
            heard.TryRemove(key, out _); // no more of it
        }
    }

    private async Task AnswerAsync(string key, NatsMsg<byte[]> question)
    {
        try
        {
            var asked = JobMessage.Of(question.Data);
            using var call = cancels.Begin(asked.Id);
            call.EndAfter(asked.MaxRun);
            await using var beat = new Timer(_ => Say(question, new()), null, FeatureAnswer.Patience / 4, FeatureAnswer.Patience / 4);
            var last = memory.Find(key) is { } session ? await ComputeAsync(question, asked, session, call.Token) : new(IsGone: true);
            await question.ReplyAsync(last.ToBytes());
        }
        catch (OperationCanceledException)
        {
            // a later question is answered instead
        }
        catch (Exception error)
        {
            if (error is not ImagingException)
                LogFault(error);
            Say(question, new(Failure: JobFailures.Of(error)));
        }
    }

    private async Task<FeatureAnswer> ComputeAsync(NatsMsg<byte[]> question, JobMessage asked, Session<Volume> session, CancellationToken cancellation)
    {
        var request = SegmentRequest.Parser.ParseFrom(asked.Request);
        var result = runner.Run(new(asked.Id, request, session.Image, session.Memory), said => Say(question, new(Event: said.ToByteArray())), cancellation);
        var name = $"{asked.Id}.0.{newId():N}";
        var rooms = await link.RoomsAsync(cancellation);
        using var payload = ResultPayload.Read(result, Requests.Outputs(request));
        await rooms.Out.PutAsync(name, payload, leaveOpen: true, cancellation);
        return new(Object: name);
    }

    private static void Say(NatsMsg<byte[]> question, FeatureAnswer answer) => _ = SayAsync(question, answer);

    private static async Task SayAsync(NatsMsg<byte[]> question, FeatureAnswer answer)
    {
        try
        {
            await question.ReplyAsync(answer.ToBytes());
        }
        catch (NatsException)
        {
            // who asked has it computed anew
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A question to kept features failed by a fault of the worker.")]
    private partial void LogFault(Exception error);
}
