using Google.Protobuf;
using Grpc.Core;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Client;

/// <summary>Files as messages of an upload, one after another; no more than a chunk of them is in memory.</summary>
internal static class FileSending
{
    private const int ChunkBytes = 1 << 20;

    /// <param name="header">Puts a file's header into a message of the stream.</param>
    /// <param name="chunk">Puts a chunk into one.</param>
    /// <param name="events">Told after each file how many have been sent.</param>
    public static async Task SendAsync<T>(
        IClientStreamWriter<T> stream, IReadOnlyList<string> files, ImageKind kind, Func<UploadHeader, T> header, Func<Chunk, T> chunk, IProgress<Event>? events, CancellationToken cancellation)
    {
        var buffer = new byte[ChunkBytes];
        try
        {
            for (var i = 0; i < files.Count; i++)
            {
                await SendFileAsync(stream, files[i], i, kind, header, chunk, buffer, cancellation).ConfigureAwait(false);
                events?.Report(new Event { Progress = new() { Stage = Stage.Receiving, Done = (uint)i + 1, Total = (uint)files.Count } });
            }

            await stream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            // the server has ended the call; why, its status says to who reads it
        }
    }

    /// <summary>Puts a message into a call.</summary>
    /// <exception cref="RpcException">The server has ended the call, or the wire is cut: no fault of a file.</exception>
    public static async Task WriteAsync<T>(IClientStreamWriter<T> stream, T message, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(message, cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The connection broke while files were sent.", error));
        }
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
