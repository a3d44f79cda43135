using Grpc.Core;
using Grpc.Net.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Client;

/// <summary>
/// A segmentation server from C#: <c>using var client = MrnetClient.Connect("http://127.0.0.1:50051"); var answer = await
/// client.SegmentAsync(files, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule" });</c> Errors arrive as the library's own
/// exceptions, as if it had been computed here.
/// </summary>
public sealed class MrnetClient : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly GrpcChannel channel;

    private MrnetClient(GrpcChannel channel)
    {
        this.channel = channel;
        Raw = new(channel);
    }

    /// <summary>All calls of the wire.</summary>
    public Segmentation.SegmentationClient Raw { get; }

    /// <param name="address">http://host:port, https://host:port</param>
    /// <exception cref="InvalidImageException">No such address can be.</exception>
    public static MrnetClient Connect(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        ? new(GrpcChannel.ForAddress(uri, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { KeepAlivePingDelay = TimeSpan.FromSeconds(30), EnableMultipleHttp2Connections = true } }))
        : throw new InvalidImageException($"The server's address is '{address}'; expected http://host:port or https://host:port.");

    /// <summary>Sends files, lets the server segment them, and collects the answer.</summary>
    /// <param name="files">Paths; of NIfTI and pictures one.</param>
    /// <param name="request">Without a source.</param>
    /// <param name="events">Told progress and warnings as they come.</param>
    /// <exception cref="ImagingException">As the server says.</exception>
    public async Task<Answer> SegmentAsync(
        IReadOnlyList<string> files, ImageKind kind, SegmentRequest request, IProgress<Event>? events = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        try
        {
            using var call = Raw.SegmentUpload(cancellationToken: cancellation);
            var sending = SendAsync(call.RequestStream, files, kind, request, cancellation);
            var answer = await CollectAsync(call.ResponseStream, events, cancellation).ConfigureAwait(false);
            await sending.ConfigureAwait(false);
            return answer;
        }
        catch (RpcException error)
        {
            throw Translated(error, cancellation);
        }
    }

    /// <summary>The answer to other weights or another threshold for an image that the server has.</summary>
    /// <param name="early">Told the coarse maps, then those of the slices asked for first, as they arrive.</param>
    /// <returns>The last answer: the refined one, but for a preview.</returns>
    /// <exception cref="ImagingException">As the server says.</exception>
    /// <exception cref="OperationCanceledException">Also when a later client_sequence is answered instead.</exception>
    public async Task<Answer> ReweightAsync(
        ReweightRequest request, IProgress<Event>? events = null, IProgress<EarlyMap>? early = null, CancellationToken cancellation = default)
    {
        try
        {
            using var call = Raw.Reweight(request, cancellationToken: cancellation);
            return await CollectAsync(call.ResponseStream, events, cancellation, early).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw Translated(error, cancellation);
        }
    }

    public async Task<IReadOnlyList<Model>> ListModelsAsync(CancellationToken cancellation = default)
    {
        try
        {
            return (await Raw.ListModelsAsync(new(), cancellationToken: cancellation).ConfigureAwait(false)).Models;
        }
        catch (RpcException error)
        {
            throw Translated(error, cancellation);
        }
    }

    public void Dispose() => channel.Dispose();

    private static async Task SendAsync(
        IClientStreamWriter<SegmentUploadChunk> stream, IReadOnlyList<string> files, ImageKind kind, SegmentRequest request, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(new() { Request = request }, cancellation).ConfigureAwait(false);
            for (var i = 0; i < files.Count; i++)
                await SendFileAsync(stream, files[i], i, kind, cancellation).ConfigureAwait(false);
            await stream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            // the server has ended the call; why, its status says to who reads it
        }
    }

    private static async Task SendFileAsync(IClientStreamWriter<SegmentUploadChunk> stream, string path, int index, ImageKind kind, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, ChunkBytes, useAsync: true);
        await stream.WriteAsync(new() { Header = new UploadHeader { Kind = kind, FileName = $"{index}-{Path.GetFileName(path)}", Bytes = (ulong)file.Length } }, cancellation).ConfigureAwait(false);
        for (var offset = 0L; offset < file.Length;)
        {
            var piece = new byte[Math.Min(ChunkBytes, file.Length - offset)];
            await file.ReadExactlyAsync(piece, cancellation).ConfigureAwait(false);
            var chunk = new Chunk { Offset = (ulong)offset, Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(piece) };
            await stream.WriteAsync(new() { Chunk = chunk }, cancellation).ConfigureAwait(false);
            offset += piece.Length;
        }
    }

    private static async Task<Answer> CollectAsync(IAsyncStreamReader<Event> stream, IProgress<Event>? events, CancellationToken cancellation, IProgress<EarlyMap>? early = null)
    {
        var answer = new AnswerReader(early);
        while (await stream.MoveNext(cancellation).ConfigureAwait(false))
        {
            if (stream.Current.Progress is not null || stream.Current.Warning is not null)
                events?.Report(stream.Current);
            else
                answer.Take(stream.Current);
        }

        return answer.Complete();
    }

    /// <summary>A status as the exception it was on the other side.</summary>
    private static Exception Translated(RpcException error, CancellationToken cancellation) => error.StatusCode switch
    {
        StatusCode.Cancelled => new OperationCanceledException(error.Status.Detail, error, cancellation),
        StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.Aborted => new InvalidImageException(error.Status.Detail, error),
        StatusCode.Unimplemented => new UnsupportedImageException(error.Status.Detail, error),
        StatusCode.FailedPrecondition => new WeightsException(error.Status.Detail, error),
        StatusCode.ResourceExhausted => new ResourceLimitException(error.Status.Detail, error),
        StatusCode.Unavailable when error.GetRpcStatus() is null => new PeerException("The server cannot be reached: is it running, and is the address right?", error),
        _ => new PeerException($"The server answered {error.StatusCode}: {error.Status.Detail}", error),
    };
}
