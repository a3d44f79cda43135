using Google.Protobuf;
using Grpc.Core;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Client;

/// <summary>Files as messages of an upload, one after another; no more than a chunk of them is in memory.</summary>
internal static class FileSending
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>How long the answer may take when the call has ended in the middle.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Sends files until all are sent or the server has answered, and gives its answer. It does not wait for a write beyond that:
    /// refused in the middle of a file, .NET's HTTP/2 lets one in 2000 wait for ever for room that the server gives no more.
    /// </summary>
    /// <exception cref="RpcException">The server refuses, or the connection broke.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<UploadReply> UploadAsync(
        AsyncClientStreamingCall<UploadChunk, UploadReply> call, IReadOnlyList<string> files, ImageKind kind, IProgress<Event>? events, TimeProvider time, CancellationToken cancellation)
    {
        var sending = SendAsync(call.RequestStream, null, files, kind, header => new UploadChunk { Header = header }, chunk => new() { Chunk = chunk }, events, cancellation);
        if (await Task.WhenAny(sending, call.ResponseAsync).ConfigureAwait(false) == call.ResponseAsync || await sending.ConfigureAwait(false))
            return await call.ResponseAsync.ConfigureAwait(false);
        try
        {
            return await call.ResponseAsync.WaitAsync(Patience, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Broken();
        }
    }

    /// <param name="first">A message before all files; null for none.</param>
    /// <param name="header">Puts a file's header into a message of the stream.</param>
    /// <param name="chunk">Puts a chunk into one.</param>
    /// <param name="events">Told after each file how many have been sent.</param>
    /// <returns>False when the call ended before all was sent: why, the server's answer says, if the connection has not broken.</returns>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<bool> SendAsync<T>(
        IClientStreamWriter<T> stream, T? first, IReadOnlyList<string> files, ImageKind kind, Func<UploadHeader, T> header, Func<Chunk, T> chunk, IProgress<Event>? events, CancellationToken cancellation)
        where T : class
    {
        var buffer = new byte[ChunkBytes];
        try
        {
            if (first is not null)
                await WriteAsync(stream, first, cancellation).ConfigureAwait(false);
            for (var i = 0; i < files.Count; i++)
            {
                await SendFileAsync(stream, files[i], i, kind, header, chunk, buffer, cancellation).ConfigureAwait(false);
                events?.Report(new Event { Progress = new() { Stage = Stage.Receiving, Done = (uint)i + 1, Total = (uint)files.Count } });
            }

            await stream.CompleteAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Puts a message into a call.</summary>
    /// <exception cref="RpcException">The server has ended the call, or the wire is cut: no fault of a file.</exception>
    private static async Task WriteAsync<T>(IClientStreamWriter<T> stream, T message, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(message, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw Broken(error);
        }
    }

    /// <summary>The connection ended while files were sent, and nobody said why.</summary>
    public static RpcException Broken(Exception? cause = null)
    {
        const string Sentence = "The connection broke while files were sent.";
        return new(new Status(StatusCode.Unavailable, Sentence, cause ?? new IOException(Sentence)));
    }

    private static async Task SendFileAsync<T>(
        IClientStreamWriter<T> stream, string path, int index, ImageKind kind, Func<UploadHeader, T> header, Func<Chunk, T> chunk, byte[] buffer, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        await WriteAsync(stream, header(new() { Kind = kind, FileName = Name(path, index), Bytes = (ulong)file.Length }), cancellation).ConfigureAwait(false);
        for (var offset = 0L; offset < file.Length;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(ChunkBytes, file.Length - offset));
            await file.ReadExactlyAsync(piece, cancellation).ConfigureAwait(false);
            await WriteAsync(stream, chunk(new() { Offset = (ulong)offset, Data = UnsafeByteOperations.UnsafeWrap(piece) }), cancellation).ConfigureAwait(false);
            offset += piece.Length;
        }
    }

    /// <summary>A number and the ending: what a file is called may name a patient, and nobody on the other side needs it.</summary>
    private static string Name(string path, int index)
    {
        var name = Path.GetFileName(path);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{index}{(name.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase) ? ".nii.gz" : Path.GetExtension(name))}");
    }
}
