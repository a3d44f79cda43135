using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Services;

/// <summary>Uploads that come over a gRPC stream.</summary>
internal sealed class UploadReading(UploadStore uploads, UploadLimits limits, TimeProvider time)
{
    /// <summary>Reads headers and chunks to the end of the stream.</summary>
    /// <exception cref="InvalidImageException">Out of order, or nothing there.</exception>
    public async Task<Upload> ReadAsync(IAsyncStreamReader<UploadChunk> stream, string owner, CancellationToken cancellation)
    {
        if (!await FirstAsync(stream, cancellation) || stream.Current.Header is not { } first)
            throw new InvalidImageException("The upload has no header at its beginning; expected an UploadHeader as the first message.");
        using var receiver = uploads.Begin(owner, first.UploadId);
        receiver.Announce(first);
        while (await NextAsync(stream, receiver.Begun, cancellation))
            Take(receiver, stream.Current.Header, stream.Current.Chunk);
        return receiver.Complete();
    }

    /// <summary>Waits for the first message of a stream; it has the time of any other.</summary>
    /// <exception cref="InvalidImageException">Nothing came.</exception>
    public Task<bool> FirstAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellation) => NextAsync(stream, time.GetTimestamp(), cancellation);

    /// <summary>The rest of a stream whose first message was a request.</summary>
    public async Task<Upload> ReadAsync(IAsyncStreamReader<SegmentUploadChunk> stream, string owner, CancellationToken cancellation)
    {
        using var receiver = uploads.Begin(owner, "");
        while (await NextAsync(stream, receiver.Begun, cancellation))
        {
            if (stream.Current.Request is not null)
                throw new InvalidImageException("The request is sent twice; expected it as the first message only.");
            Take(receiver, stream.Current.Header, stream.Current.Chunk);
        }

        return receiver.Complete();
    }

    public UploadReply Reply(Upload upload) => new()
    {
        UploadId = upload.Id,
        Files = (uint)upload.Files.Count,
        Bytes = (ulong)upload.Bytes,
        Expires = Timestamp.FromDateTimeOffset(upload.Completed + limits.Keep),
    };

    /// <summary>Waits for the next message within the time there is for it: who stands still holds a place that others wait for.</summary>
    /// <param name="begun">The upload, on the clock's timestamps.</param>
    /// <exception cref="InvalidImageException">Nothing came, or the whole takes too long.</exception>
    private async Task<bool> NextAsync<T>(IAsyncStreamReader<T> stream, long begun, CancellationToken cancellation)
    {
        var left = limits.Whole - time.GetElapsedTime(begun);
        using var timer = new CancellationTokenSource(left < TimeSpan.Zero ? TimeSpan.Zero : left < limits.Idle ? left : limits.Idle, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            return await stream.MoveNext(patience.Token);
        }
        catch (Exception error) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new InvalidImageException(left < limits.Idle
                ? $"The upload is not complete after {limits.Whole}; expected all of it within that time: begin a new one."
                : $"The upload stands still, nothing arrived for {limits.Idle}; expected the next piece within that time: begin a new one.", error);
        }
    }

    private static void Take(UploadReceiver receiver, UploadHeader? header, Chunk? chunk)
    {
        if (header is not null)
            receiver.Announce(header);
        else if (chunk is not null)
            receiver.Take(chunk.Offset, chunk.Data.Span);
        else
            throw new InvalidImageException("part is empty; expected a header or a chunk.");
    }
}
