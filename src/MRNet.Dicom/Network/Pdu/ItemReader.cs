using System.Buffers.Binary;
using System.Text;

namespace MRNet.Dicom.Network;

/// <summary>Reads the items of association units; nothing is read beyond what is there.</summary>
internal ref struct ItemReader(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> rest = rest;

    public readonly bool IsAtEnd => rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public void Skip(int count) => Take(count);

    /// <summary>An AE title of 16 characters, without the spaces around it.</summary>
    public string AeTitle() => Text(Take(16)).Trim(' ', '\0');

    /// <summary>A UID or name to the end of the item.</summary>
    public string Rest() => Text(Take(rest.Length)).TrimEnd('\0', ' ');

    public string Text(int count) => Text(Take(count)).TrimEnd('\0', ' ');

    /// <summary>Type and content of the next item or sub-item: all have a byte of type, one reserved and two of length.</summary>
    public byte Item(out ItemReader content)
    {
        var type = Byte();
        Skip(1);
        content = new(Take(UInt16()));
        return type;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
            throw new DicomNetworkException($"The peer's association unit ends early: {count} bytes wanted, {rest.Length} left.", isTransient: false);
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
