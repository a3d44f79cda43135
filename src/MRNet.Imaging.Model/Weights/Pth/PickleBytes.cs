using System.Buffers.Binary;
using System.Text;

namespace MRNet.Imaging.Model.Weights.Pth;

/// <summary>Reads the arguments of a pickle's opcodes; never beyond the end.</summary>
internal sealed class PickleBytes(byte[] bytes)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int at;

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A signed number of up to 8 bytes, its length before it.</summary>
    public long Long()
    {
        var length = Byte();
        if (length > 8)
            throw new WeightsException($"it holds a whole number of {length} bytes; expected at most 8");
        var value = 0L;
        foreach (var (i, digit) in Take(length).ToArray().Index())
            value |= (long)digit << 8 * i;
        return length is 0 or 8 ? value : value << 64 - 8 * length >> 64 - 8 * length;
    }

    /// <summary>Text whose length in bytes stands before it.</summary>
    public string Text() => Decoded(Take(Int32()));

    /// <summary>Text up to the end of the line.</summary>
    public string Line()
    {
        var length = bytes.AsSpan(at).IndexOf((byte)'\n');
        if (length < 0)
            throw new WeightsException("it ends in the middle");
        var line = Decoded(Take(length));
        at++;
        return line;
    }

    private static string Decoded(ReadOnlySpan<byte> text)
    {
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw new WeightsException("it holds text that is not UTF-8");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > bytes.Length - at)
            throw new WeightsException("it ends in the middle");
        at += count;
        return bytes.AsSpan(at - count, count);
    }
}
