using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MRNet.Dicom.Network;

/// <summary>Writes association units: items within items, their lengths filled in when they are complete.</summary>
internal sealed class ItemWriter
{
    private readonly List<byte> bytes = [];

    public ItemWriter Byte(byte value)
    {
        bytes.Add(value);
        return this;
    }

    public ItemWriter UInt16(int value) => Byte((byte)(value >> 8)).Byte((byte)value);

    public ItemWriter UInt32(uint value) => UInt16((int)(value >> 16)).UInt16((int)(value & 0xFFFF));

    public ItemWriter Zeros(int count)
    {
        bytes.AddRange(new byte[count]);
        return this;
    }

    public ItemWriter Text(string text)
    {
        bytes.AddRange(Encoding.ASCII.GetBytes(text));
        return this;
    }

    /// <summary>An item with a length of two bytes.</summary>
    public ItemWriter Item(byte type, Action<ItemWriter> content)
    {
        Byte(type).Byte(0).UInt16(0);
        var from = bytes.Count;
        content(this);
        BinaryPrimitives.WriteUInt16BigEndian(CollectionsMarshal.AsSpan(bytes)[(from - 2)..], checked((ushort)(bytes.Count - from)));
        return this;
    }

    /// <summary>A whole unit, with a length of four bytes.</summary>
    public static byte[] Unit(PduType type, Action<ItemWriter> content)
    {
        var writer = new ItemWriter().Byte((byte)type).Byte(0).UInt32(0);
        content(writer);
        var unit = writer.bytes.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(unit.AsSpan(2), (uint)(unit.Length - 6));
        return unit;
    }
}
