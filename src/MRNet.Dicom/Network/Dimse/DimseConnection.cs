using System.Buffers.Binary;

namespace MRNet.Dicom.Network;

/// <summary>One message: its context and command; a data set, if there is one, is still to be read.</summary>
internal sealed record DimseMessage(byte Context, DimseCommand Command);

/// <summary>Messages over an association, PS3.8 annex E. One reader and one writer; nothing here may run at once with itself.</summary>
/// <param name="peerMaximum">The longest P-DATA unit the peer takes; 0 for any.</param>
internal sealed class DimseConnection(PduConnection pdus, uint peerMaximum, TimeSpan answer)
{
    private const int LongestCommand = 64 * 1024;
    private const int LongestUnit = 256 * 1024; // where the peer takes any
    private const int FragmentHeader = 6;
    private const int UnitHeader = 6;

    private readonly byte[] unit = new byte[UnitHeader + (int)Math.Clamp(peerMaximum == 0 ? LongestUnit : peerMaximum, 256, LongestUnit)];
    private ReadOnlyMemory<byte> rest;

    /// <summary>True after the peer asked for the end of the association.</summary>
    public bool IsReleasedByPeer { get; private set; }

    public async ValueTask SendAsync(byte context, DimseCommand command, Stream? dataset, CancellationToken cancellation)
    {
        using (var bytes = new MemoryStream(command.Encode()))
            await SendAsync(context, isCommand: true, bytes, cancellation).ConfigureAwait(false);
        if (dataset is not null)
            await SendAsync(context, isCommand: false, dataset, cancellation).ConfigureAwait(false);
    }

    /// <returns>The next message; null when the peer releases the association.</returns>
    public async ValueTask<DimseMessage?> ReceiveAsync(TimeSpan within, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        byte? context = null;
        while (await NextAsync(within, cancellation).ConfigureAwait(false) is { } fragment)
        {
            if (!fragment.IsCommand || (context ??= fragment.Context) != fragment.Context)
                throw Broken("a data set or another context where a command should go on");
            if (bytes.Length + fragment.Bytes.Length > LongestCommand)
                throw Broken($"a command of more than {LongestCommand} bytes");
            bytes.Write(fragment.Bytes.Span);
            if (fragment.IsLast)
                return new(fragment.Context, DimseCommand.Decode(bytes.ToArray()));
        }

        return context is null ? null : throw Broken("a release within a message");
    }

    /// <summary>Hands over a data set, piece by piece as it arrives.</summary>
    /// <param name="limit">More bytes than this break the association: there is no other way to stop a peer.</param>
    public async ValueTask ReadDatasetAsync(byte context, long limit, Action<ReadOnlyMemory<byte>> sink, CancellationToken cancellation)
    {
        long length = 0;
        while (await NextAsync(answer, cancellation).ConfigureAwait(false) is { } fragment)
        {
            if (fragment.IsCommand || fragment.Context != context)
                throw Broken("a command or another context where a data set should go on");
            length += fragment.Bytes.Length;
            if (length > limit)
                throw Broken($"a data set of more than {limit} bytes, the limit set");
            sink(fragment.Bytes);
            if (fragment.IsLast)
                return;
        }

        throw Broken("a release within a message");
    }

    /// <summary>A data set small enough for memory: an identifier or a report.</summary>
    public async ValueTask<DicomDataset> ReadDatasetAsync(byte context, DicomTransferSyntax syntax, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await ReadDatasetAsync(context, 16 << 20, piece => bytes.Write(piece.Span), cancellation).ConfigureAwait(false);
        try
        {
            return new DicomReader(new ByteWindow(bytes.ToArray()), new DicomReadOptions { Tolerant = true }).ReadDataset(0, syntax);
        }
        catch (DicomFileException error)
        {
            throw new DicomNetworkException($"The peer's answer is damaged: {error.Message}", isTransient: false, error);
        }
    }

    private async ValueTask SendAsync(byte context, bool isCommand, Stream content, CancellationToken cancellation)
    {
        var left = content.Length - content.Position;
        do
        {
            var count = (int)Math.Min(left, unit.Length - UnitHeader - FragmentHeader);
            content.ReadExactly(unit, UnitHeader + FragmentHeader, count); // a disk or memory: shorter than a wait for a thread
            left -= count;
            unit[0] = (byte)PduType.Data;
            unit[1] = 0;
            BinaryPrimitives.WriteUInt32BigEndian(unit.AsSpan(2), (uint)(count + FragmentHeader));
            BinaryPrimitives.WriteUInt32BigEndian(unit.AsSpan(6), (uint)(count + 2));
            unit[10] = context;
            unit[11] = (byte)((isCommand ? 1 : 0) | (left == 0 ? 2 : 0));
            await pdus.WriteAsync(unit.AsMemory(0, UnitHeader + FragmentHeader + count), answer, cancellation).ConfigureAwait(false);
        }
        while (left > 0);
    }

    /// <returns>The next fragment; null when the peer releases the association.</returns>
    private async ValueTask<Fragment?> NextAsync(TimeSpan within, CancellationToken cancellation)
    {
        while (rest.IsEmpty)
        {
            var pdu = await pdus.ReadAsync(within, cancellation).ConfigureAwait(false);
            switch (pdu.Type)
            {
                case PduType.Data:
                    rest = pdu.Body.Length > 0 ? pdu.Body : throw Broken("a data unit without content");
                    break;
                case PduType.ReleaseRequest:
                    IsReleasedByPeer = true;
                    return null;
                case PduType.Abort:
                    throw Aborts.Error(pdu.Body.Span);
                default:
                    throw Broken($"a unit of type {(byte)pdu.Type} within an association");
            }
        }

        return TakeFragment();
    }

    private Fragment TakeFragment()
    {
        var span = rest.Span;
        var length = span.Length >= FragmentHeader ? BinaryPrimitives.ReadUInt32BigEndian(span) : 0;
        if (length < 2 || length > span.Length - 4)
            throw Broken($"a fragment of {length} bytes where {span.Length} are left");
        var fragment = new Fragment(span[4], (span[5] & 1) == 1, (span[5] & 2) == 2, rest.Slice(FragmentHeader, (int)length - 2));
        if (fragment.Bytes.IsEmpty && !fragment.IsLast) // could go on for ever
            throw Broken("an empty fragment that is not the last");
        rest = rest[(4 + (int)length)..];
        return fragment;
    }

    private static DicomNetworkException Broken(string what) => new($"The peer breaks the protocol: {what}.", isTransient: false);

    private readonly record struct Fragment(byte Context, bool IsCommand, bool IsLast, ReadOnlyMemory<byte> Bytes);
}
