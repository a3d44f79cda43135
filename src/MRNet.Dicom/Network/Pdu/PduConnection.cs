using System.Buffers.Binary;
using System.Net.Sockets;

namespace MRNet.Dicom.Network;

/// <summary>
/// Protocol data units over a stream. The peer is not trusted: a length is compared with the limit before memory is
/// taken, and a unit must be complete within its time.
/// </summary>
/// <param name="maximumLength">The most bytes of a P-DATA unit that are taken, as announced to the peer.</param>
internal sealed class PduConnection(Stream stream, int maximumLength) : IAsyncDisposable
{
    private const int HeaderLength = 6;
    private const int LongestAssociation = 256 * 1024; // 128 contexts with dozens of syntaxes have half of it
    private const int FirstBuffer = 32 * 1024;

    private byte[] buffer = new byte[FirstBuffer];
    private int start;
    private int end;

    /// <exception cref="DicomNetworkException">Closed, too slow, too long, or no DICOM.</exception>
    public async ValueTask<Pdu> ReadAsync(TimeSpan within, CancellationToken cancellation)
    {
        await FillAsync(HeaderLength, within, isBoundary: true, cancellation).ConfigureAwait(false);
        var (type, length) = Header(buffer.AsSpan(start));
        start += HeaderLength;
        await FillAsync(length, within, isBoundary: false, cancellation).ConfigureAwait(false);
        start += length;
        return new(type, buffer.AsMemory(start - length, length));
    }

    /// <param name="unit">With its header.</param>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> unit, TimeSpan within, CancellationToken cancellation)
    {
        using var timer = Timer(within, cancellation);
        try
        {
            await stream.WriteAsync(unit, timer.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (IsOfConnection(error, cancellation))
        {
            throw Broken(error, "does not take what is sent", within);
        }
    }

    /// <summary>Tells the peer that the association is over, if it still listens (PS3.8 section 9.3.8).</summary>
    public async ValueTask AbortAsync(byte source, byte reason)
    {
        try
        {
            await WriteAsync(new byte[] { (byte)PduType.Abort, 0, 0, 0, 0, 4, 0, 0, source, reason }, TimeSpan.FromSeconds(2), CancellationToken.None).ConfigureAwait(false);
        }
        catch (DicomNetworkException)
        {
            // It is gone already.
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private (PduType Type, int Length) Header(ReadOnlySpan<byte> header)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[2..]);
        var type = (PduType)header[0];
        if (type is < PduType.AssociateRequest or > PduType.Abort)
            throw new DicomNetworkException($"The peer sent {header[0]:X2} {header[1]:X2} {header[2]:X2} {header[3]:X2}{Guess(header)}; expected a DICOM protocol data unit.", isTransient: false);
        var limit = type switch
        {
            PduType.Data => maximumLength,
            PduType.AssociateRequest or PduType.AssociateAccept => LongestAssociation,
            _ => 4,
        };
        return length <= limit
            ? (type, (int)length)
            : throw new DicomNetworkException($"The peer announces {length} bytes in a protocol data unit of type {header[0]}; the limit is {limit}.", isTransient: false);
    }

    private static string Guess(ReadOnlySpan<byte> header) => header switch
    {
        [0x16, 0x03, ..] or [0x15, 0x03, ..] => " (TLS; this connection is plain)",
        [(byte)'H', (byte)'T', (byte)'T', (byte)'P', ..] or [(byte)'G', (byte)'E', (byte)'T', ..] or [(byte)'P', (byte)'O', (byte)'S', ..] => " (HTTP)",
        _ => "",
    };

    /// <summary>Reads on until <paramref name="count"/> bytes are there.</summary>
    private async ValueTask FillAsync(int count, TimeSpan within, bool isBoundary, CancellationToken cancellation)
    {
        if (end - start >= count)
            return;
        MakeRoom(count);
        using var timer = Timer(within, cancellation);
        try
        {
            while (end - start < count)
            {
                var got = await stream.ReadAsync(buffer.AsMemory(end), timer.Token).ConfigureAwait(false);
                if (got == 0)
                    throw new DicomNetworkException(isBoundary && end == start ? "The peer closed the connection." : $"The peer closed the connection in a protocol data unit: {end - start} of {count} bytes came.", isTransient: true);
                end += got;
            }
        }
        catch (Exception error) when (IsOfConnection(error, cancellation))
        {
            throw Broken(error, "does not answer", within);
        }
    }

    private void MakeRoom(int count)
    {
        if (start == end)
            start = end = 0;
        if (start + count <= buffer.Length)
            return;
        var room = count <= buffer.Length ? buffer : new byte[count + HeaderLength];
        buffer.AsSpan(start, end - start).CopyTo(room);
        (buffer, start, end) = (room, 0, end - start);
    }

    private static CancellationTokenSource Timer(TimeSpan within, CancellationToken cancellation)
    {
        var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(within);
        return timer;
    }

    private static bool IsOfConnection(Exception error, CancellationToken cancellation) =>
        error is IOException or SocketException or ObjectDisposedException || (error is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static DicomNetworkException Broken(Exception error, string what, TimeSpan within) => error is OperationCanceledException
        ? new($"The peer {what} within {within.TotalSeconds:0.#} s.", isTransient: true, error)
        : new($"The connection broke: {error.Message}", isTransient: true, error);
}
