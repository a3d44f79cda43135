using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Sessions;
using NATS.Client.Core;

namespace MRNet.Imaging.Nats.FrontEnd;

/// <summary>
/// Asks the worker that keeps the features of an image. Where none does, or it falls silent, the question becomes an ordinary
/// job; the user only waits longer.
/// </summary>
internal sealed class NatsReweighting(NatsLink link, JobFront front, Questions questions, ModelShelf models, JobOptions options, TimeProvider time, Func<Guid> newId) : IReweighting
{
    private readonly LatestOnly latest = new();
    private readonly ConditionalWeakTable<Volume, string> digests = [];

    public async Task<bool> TryAnswerAsync(StoredJob job, SegmentRequest request, ReweightRequest asked, EventStream stream, CancellationToken cancellation)
    {
        using var place = questions.Open(job.Owner);
        using var question = latest.Begin(job.Id, asked.ClientSequence, cancellation);
        question.EndAfter(options.MaxRun);
        var start = time.GetTimestamp();
        try
        {
            var images = await Task.Run(() => front.Open(job, new(job.Id, _ => { }), question.Cancellation), question.Cancellation);
            if (await AskAsync(Key(images, request), request, stream, question.Cancellation) is not { } result)
                return false;
            foreach (var said in new AnswerParts(job.Id, Requests.Outputs(request), asked.Sample).Of(images.Session.Image, result))
                await stream.WriteAsync(said, question.Cancellation);
            await stream.WriteAsync(new Event { Done = Done(job, asked, result, time.GetElapsedTime(start)) }, question.Cancellation);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            question.ThrowIfOvertaken();
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"The answer took longer than {options.MaxRun}; segment a region."));
        }
    }

    /// <returns>Null when nobody answers.</returns>
    internal async Task<SegmentationResult?> AskAsync(string key, SegmentRequest request, EventStream? stream, CancellationToken cancellation)
    {
        var id = newId().ToString();
        var asked = new JobMessage(id, Outbox.WithoutIdentity(request).ToByteArray(), "", key, options.MaxRun);
        try
        {
            await foreach (var reply in link.Connection.RequestManyAsync<byte[], byte[]>(link.Names.Features(key), asked.ToBytes(), replyOpts: Patient(), cancellationToken: cancellation))
                switch (FeatureAnswer.Of(reply.Data))
                {
                    case { Object: { } name }:
                        return await FetchAsync(name, cancellation);
                    case { Failure: { } failure }:
                        throw ErrorInterceptor.Of(failure);
                    case { IsGone: true }:
                        return null;
                    case { Event: { } said } when stream is not null:
                        await stream.WriteAsync(Event.Parser.ParseFrom(said), cancellation);
                        break;
                }
        }
        catch (Exception error) when (error is NatsException or InvalidDataException)
        {
            // nobody keeps it, or who did is gone
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await link.Connection.PublishAsync(link.Names.Cancel(id), cancellationToken: CancellationToken.None);
            throw;
        }

        return null;
    }

    private async Task<SegmentationResult> FetchAsync(string name, CancellationToken cancellation)
    {
        var rooms = await link.RoomsAsync(cancellation);
        var result = await ResultPayload.WriteAsync(async to => await rooms.Out.GetAsync(name, to, leaveOpen: true, cancellation));
        await link.DeleteAsync(rooms.Out, name, cancellation);
        return result;
    }

    /// <summary>An image in memory stays the same: its digest is computed once.</summary>
    private string Key(JobImages images, SegmentRequest request) =>
        Outbox.FeatureKey(digests.GetValue(images.Session.Image.Volume, VolumePayload.DigestOf), request.ModelId, models.HashOf(request.ModelId));

    private static NatsSubOpts Patient() => new() { StartUpTimeout = FeatureAnswer.Patience, IdleTimeout = FeatureAnswer.Patience, ThrowIfNoResponders = true };

    private static Done Done(StoredJob job, ReweightRequest asked, SegmentationResult result, TimeSpan taken) => new()
    {
        SessionId = job.Id,
        Expires = job.Expires is { } at ? Timestamp.FromDateTimeOffset(at) : null,
        Seconds = taken.TotalSeconds,
        Provenance = Summaries.Of(result.Provenance),
        ClientSequence = asked.ClientSequence,
    };
}
