using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Observability;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.ObjectStore;
using NATS.Client.ObjectStore.Models;

namespace MRNet.Imaging.Nats.FrontEnd;

/// <summary>
/// Brings accepted jobs to the engine: image into its bucket, then the message into the stream. A job that was lost there comes
/// here again.
/// </summary>
internal sealed partial class Outbox(NatsLink link, JobStore store, JobFront front, ModelShelf models, JobMeasures measures, NatsOptions nats, JobOptions options, TimeProvider time, ILogger log) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    private readonly FairQueue queue = new(options);
    private readonly ConcurrentDictionary<string, byte> busy = new();
    private readonly ConcurrentDictionary<string, Lane> lanes = new();
    private volatile string? refusal;

    /// <summary>Why the engine takes nothing more now; null when it does.</summary>
    public string? Refusal => refusal;

    /// <summary>Told a job that cannot be published, and why.</summary>
    public required Action<string, Exception> Failed { get; init; }

    /// <summary>Told a job that had ended when it was published.</summary>
    public required Action<string> Late { get; init; }

    public void Add(StoredJob job, Lane lane)
    {
        lanes[job.Id] = lane;
        queue.Add(job.Owner, job.Id, lane);
    }

    public void Remove(string id) => queue.Remove(id);

    /// <summary>Whether it waits here, or is on its way.</summary>
    public bool Holds(StoredJob job) => busy.ContainsKey(job.Id) || queue.Position(job.Owner, job.Id) is not null;

    public int? Position(StoredJob job) => queue.Position(job.Owner, job.Id);

    public void Dispose() => queue.Dispose();

    /// <summary>Publishes what comes, until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var id = await queue.TakeAsync(enough);
            busy[id] = 0;
            try
            {
                await PublishAsync(id, enough);
            }
            finally
            {
                busy.TryRemove(id, out _);
                lanes.TryRemove(id, out Lane _);
            }
        }
    }

    /// <summary>Under one message id however often it is tried; under another one when it comes here again, for the first is remembered where its message is lost.</summary>
    private async Task PublishAsync(string id, CancellationToken enough)
    {
        var messageId = string.Create(CultureInfo.InvariantCulture, $"{id}#{time.GetUtcNow().UtcTicks}");
        while (store.Find(id) is { HasEnded: false } job)
            try
            {
                await PublishAsync(job, messageId, enough);
                refusal = null;
                if (store.Find(id) is not { HasEnded: false })
                    Late(id); // cancelled meanwhile
                return;
            }
            catch (NatsException error)
            {
                refusal = IsFull(error) ? "The engine's queue or its store of images is full; try again later." : null;
                if (refusal is null)
                    LogFault(error, id);
                await Task.Delay(RetryAfter, enough);
            }
            catch (OperationCanceledException) when (!enough.IsCancellationRequested)
            {
                await Task.Delay(RetryAfter, enough); // the server did not answer in time
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                Failed(id, error);
                return;
            }
    }

    private async Task PublishAsync(StoredJob job, string messageId, CancellationToken enough)
    {
        var rooms = await link.RoomsAsync(enough);
        var request = SegmentRequest.Parser.ParseFrom(job.Request);
        var image = await ThereAsync(rooms, job.Id, enough) ?? await PutAsync(rooms, job, enough);
        var model = request.ModelId;
        var message = new JobMessage(job.Id, WithoutIdentity(request).ToByteArray(), models.HashOf(model), FeatureKey(image.Digest!, model, models.HashOf(model)), options.MaxRun);
        var answer = await link.Stream.PublishAsync(link.Names.Job(Names.Of(lanes.GetValueOrDefault(job.Id, Lane.Batch)), nats.Pool, job.Id), message.ToBytes(), opts: new NatsJSPubOpts { MsgId = messageId }, cancellationToken: enough);
        if (!answer.Duplicate)
            answer.EnsureSuccess();
    }

    /// <summary>An image that is in its bucket already.</summary>
    private static async Task<ObjectMetadata?> ThereAsync(Rooms rooms, string id, CancellationToken cancellation)
    {
        try
        {
            return await rooms.In.GetInfoAsync(id, cancellationToken: cancellation);
        }
        catch (NatsObjNotFoundException)
        {
            return null;
        }
    }

    private async Task<ObjectMetadata> PutAsync(Rooms rooms, StoredJob job, CancellationToken enough)
    {
        var begun = time.GetTimestamp();
        var images = await Task.Run(() => front.Open(job, new(job.Id, _ => { }), enough), enough);
        measures.Took(Stage.Decoding, time.GetElapsedTime(begun));
        using var payload = VolumePayload.Read(images.Session.Image.Volume);
        return await rooms.In.PutAsync(job.Id, payload, leaveOpen: true, enough);
    }

    /// <summary>Where the images are, and under which UIDs, is the front end's.</summary>
    internal static SegmentRequest WithoutIdentity(SegmentRequest request)
    {
        var travelling = request.Clone();
        travelling.Source = null;
        travelling.IdempotencyKey = "";
        if (travelling.Options is { } asked)
            asked.Reading = null;
        return travelling;
    }

    /// <summary>Same image, same model: same features.</summary>
    internal static string FeatureKey(string digest, string model, string weights) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{digest}/{model}/{weights}")));

    private static bool IsFull(NatsException error) => error is NatsJSApiException { Error.ErrCode: 10077 or 10047 or 10023 }
        || error.Message.Contains("maximum", StringComparison.Ordinal) || error.Message.Contains("insufficient", StringComparison.Ordinal);

    [LoggerMessage(1, LogLevel.Warning, "Job {Id} could not be published; it is tried again.")]
    private partial void LogFault(Exception error, string id);
}
