using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Nats.Wire;

/// <summary>
/// A payload as a stream to read: the length of the header (4 bytes, little-endian), the header, then arrays of bytes or of
/// floats (little-endian) one after another. Nothing is copied before it is read.
/// </summary>
/// <param name="touched">Told after each read that the transfer goes on.</param>
internal sealed class PayloadReader(byte[] header, IReadOnlyList<Array> arrays, Action? touched = null) : Stream
{
    private readonly byte[] head = [.. LengthOf(header), .. header];
    private int part = -1; // the head
    private long at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => head.Length + arrays.Sum(BytesOf);

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        touched?.Invoke();
        while (part < arrays.Count)
        {
            var count = Copy(part < 0 ? head : arrays[part], buffer);
            at += count;
            Position += count;
            if (count > 0 || buffer.Length == 0)
                return count;
            (part, at) = (part + 1, 0);
        }

        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static long BytesOf(Array array) => array is float[]? array.LongLength * sizeof(float) : array.LongLength;

    private int Copy(Array array, Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, BytesOf(array) - at);
        Window(array, at, count).CopyTo(buffer);
        return count;
    }

    /// <summary>Some bytes of an array, whose floats may be more than a span of bytes can hold.</summary>
    internal static Span<byte> Window(Array array, long at, int count)
    {
        if (array is byte[] bytes)
            return bytes.AsSpan((int)at, count);
        var skip = (int)(at % sizeof(float));
        var floats = ((float[])array).AsSpan((int)(at / sizeof(float)), (skip + count + sizeof(float) - 1) / sizeof(float));
        return MemoryMarshal.AsBytes(floats).Slice(skip, count);
    }

    private static byte[] LengthOf(byte[] header)
    {
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, header.Length);
        return length;
    }
}
