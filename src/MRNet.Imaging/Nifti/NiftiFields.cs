using System.Buffers.Binary;
using System.Text;

namespace MRNet.Imaging.Nifti;

/// <summary>The header's bytes, read by offset in the file's own byte order.</summary>
internal readonly ref struct NiftiFields(ReadOnlySpan<byte> bytes, bool bigEndian)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public bool BigEndian => bigEndian;

    public byte Byte(int at) => bytes[at];

    public short Int16(int at) => bigEndian
        ? BinaryPrimitives.ReadInt16BigEndian(bytes[at..])
        : BinaryPrimitives.ReadInt16LittleEndian(bytes[at..]);

    public int Int32(int at) => bigEndian
        ? BinaryPrimitives.ReadInt32BigEndian(bytes[at..])
        : BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);

    public long Int64(int at) => bigEndian
        ? BinaryPrimitives.ReadInt64BigEndian(bytes[at..])
        : BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    public double Single(int at) => BitConverter.Int32BitsToSingle(Int32(at));

    public double Double(int at) => BitConverter.Int64BitsToDouble(Int64(at));

    public Vector3 Singles(int at) => new(Single(at), Single(at + 4), Single(at + 8));

    public Vector3 Doubles(int at) => new(Double(at), Double(at + 8), Double(at + 16));

    /// <summary>Printable ASCII up to the first zero byte.</summary>
    public string Text(int at, int length)
    {
        var text = new StringBuilder(length);
        foreach (var c in bytes.Slice(at, length))
        {
            if (c == 0)
                break;
            text.Append(c is >= 0x20 and < 0x7f ? (char)c : '?');
        }

        return text.ToString().TrimEnd();
    }
}
