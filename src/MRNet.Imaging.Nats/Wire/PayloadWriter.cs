using System.Buffers.Binary;

namespace MRNet.Imaging.Nats.Wire;

/// <summary>What <see cref="PayloadReader"/> gives, written straight into its arrays as it arrives.</summary>
/// <param name="begin">Is given the header, and makes the arrays for the rest.</param>
/// <param name="touched">Told after each piece that the transfer goes on.</param>
internal sealed class PayloadWriter(Func<byte[], IReadOnlyList<Array>> begin, Action? touched = null) : Stream
{
    private const int LargestHeader = 16 << 20;

    private readonly List<byte> head = [];
    private IReadOnlyList<Array>? arrays;
    private int part;
    private long at;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Position;

    public override long Position { get; set; }

    /// <summary>Looks whether all of it came.</summary>
    /// <exception cref="InvalidDataException">It is too short.</exception>
    public void Complete()
    {
        if (arrays is null || arrays.Skip(part).Sum(BytesOf) - at > 0)
            throw new InvalidDataException($"The payload has {Position} bytes; expected more.");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        touched?.Invoke();
        Position += buffer.Length;
        while (buffer.Length > 0)
            buffer = buffer[(arrays is null ? Header(buffer) : Body(buffer))..];
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private int Header(ReadOnlySpan<byte> buffer)
    {
        var wanted = head.Count < sizeof(int) ? sizeof(int) : sizeof(int) + LengthInHead();
        var count = Math.Min(buffer.Length, wanted - head.Count);
        head.AddRange(buffer[..count]);
        if (head.Count > sizeof(int) && head.Count == sizeof(int) + LengthInHead())
            arrays = begin([.. head[sizeof(int)..]]);
        return count;
    }

    private int LengthInHead()
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian([.. head[..sizeof(int)]]);
        return length is > 0 and <= LargestHeader ? length : throw new InvalidDataException($"The payload's header has {length} bytes; expected 1 to {LargestHeader}.");
    }

    private int Body(ReadOnlySpan<byte> buffer)
    {
        while (part < arrays!.Count && at == BytesOf(arrays[part]))
            (part, at) = (part + 1, 0);
        if (part == arrays.Count)
            throw new InvalidDataException($"The payload has {Position} bytes; expected fewer.");
        var count = (int)Math.Min(buffer.Length, BytesOf(arrays[part]) - at);
        buffer[..count].CopyTo(PayloadReader.Window(arrays[part], at, count));
        at += count;
        return count;
    }

    private static long BytesOf(Array array) => array is float[]? array.LongLength * sizeof(float) : array.LongLength;
}
