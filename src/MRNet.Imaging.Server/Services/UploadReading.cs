using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Services;

/// <summary>Uploads that come over a gRPC stream.</summary>
internal sealed class UploadReading(UploadStore uploads, UploadLimits limits)
{
    /// <summary>Reads headers and chunks to the end of the stream.</summary>
    /// <exception cref="InvalidImageException">Out of order, or nothing there.</exception>
    public async Task<Upload> ReadAsync(IAsyncStreamReader<UploadChunk> stream, string owner, CancellationToken cancellation)
    {
        if (!await stream.MoveNext(cancellation) || stream.Current.Header is not { } first)
            throw new InvalidImageException("The upload has no header at its beginning; expected an UploadHeader as the first message.");
        using var receiver = uploads.Begin(owner, first.UploadId);
        receiver.Announce(first);
        while (await stream.MoveNext(cancellation))
            Take(receiver, stream.Current.Header, stream.Current.Chunk);
        return receiver.Complete();
    }

    /// <summary>The rest of a stream whose first message was a request.</summary>
    public async Task<Upload> ReadAsync(IAsyncStreamReader<SegmentUploadChunk> stream, string owner, CancellationToken cancellation)
    {
        using var receiver = uploads.Begin(owner, "");
        while (await stream.MoveNext(cancellation))
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
