using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace MRNet.Dicom;

/// <summary>Makes elements from a caller's values, checked against <see cref="ValueRules"/>.</summary>
internal static class ElementFactory
{
    public static DicomElement FromTexts(DicomTag tag, DicomVR vr, IReadOnlyList<string> values)
    {
        if (!vr.IsString)
        {
            // "512" for a US: a number in a string is as good as a number.
            var numbers = values.Select(value => decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw ValueRules.Refused(tag, vr, $"cannot be made from {value.Length} characters of text", "a number"));
            return vr == DicomVR.AT ? FromTags(tag, values.Select(DicomTag.Parse)) : FromNumbers(tag, vr, numbers.ToArray());
        }

        // Codes and numbers may come joined, as they stand in a file: DERIVED\PRIMARY. In free text a backslash is a mistake.
        if (!vr.IsEncodedText && !vr.IsSingleText && values is [{ } joined] && joined.Contains('\\'))
            values = joined.Split('\\');
        foreach (var value in values)
            ValueRules.Check(tag, vr, value ?? throw ValueRules.Refused(tag, vr, "is null", "text; empty for none"));
        var text = string.Join('\\', values);
        if (tag.IsPrivateCreator && text.Length == 0)
            throw ValueRules.Refused(tag, vr, "is empty", "the name of the block's owner");
        if (!vr.IsEncodedText && !System.Text.Ascii.IsValid(text))
            throw ValueRules.Refused(tag, vr, "has characters beyond ASCII", "ASCII only");
        return new(tag, vr, Encoding.UTF8.GetBytes(text), System.Text.Ascii.IsValid(text) ? CharacterSet.Default : CharacterSet.Utf8);
    }

    public static DicomElement FromNumbers<T>(DicomTag tag, DicomVR vr, ReadOnlySpan<T> values) where T : unmanaged, INumber<T>
    {
        if (vr.IsString)
        {
            var texts = new string[values.Length];
            for (var i = 0; i < texts.Length; i++)
                texts[i] = Format(tag, vr, values[i]);
            return FromTexts(tag, vr, texts);
        }

        if (vr == DicomVR.SQ || vr == DicomVR.AT)
            throw ValueRules.Refused(tag, vr, "was given numbers", vr == DicomVR.SQ ? "data sets" : "tags");
        if (IsStoredAs<T>(vr))
            return new(tag, vr, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray());
        var bytes = new byte[checked(values.Length * vr.UnitSize)];
        try
        {
            for (var i = 0; i < values.Length; i++)
                Write(vr, values[i], bytes.AsSpan(i * vr.UnitSize));
        }
        catch (OverflowException)
        {
            throw ValueRules.Refused(tag, vr, "was given a number out of its range", $"what fits {vr.UnitSize} bytes");
        }

        return new(tag, vr, bytes);
    }

    public static DicomElement FromTags(DicomTag tag, IEnumerable<DicomTag> values)
    {
        var tags = values.ToArray();
        var bytes = new byte[4 * tags.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4 * i), tags[i].Group);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan((4 * i) + 2), tags[i].Element);
        }

        return new(tag, DicomVR.AT, bytes);
    }

    /// <summary>Raw little-endian bytes. Values of 8 bits or less given for a number wider than a byte are numbers.</summary>
    public static DicomElement FromBytes(DicomTag tag, DicomVR vr, ReadOnlyMemory<byte> bytes)
    {
        if (vr == DicomVR.SQ)
            throw ValueRules.Refused(tag, vr, $"was given {bytes.Length} bytes", "data sets");
        if (!vr.IsOther && vr != DicomVR.UN && !vr.IsString)
            return FromNumbers(tag, vr, bytes.Span);
        if (bytes.Length % vr.UnitSize != 0)
            throw ValueRules.Refused(tag, vr, $"was given {bytes.Length} bytes", $"a multiple of {vr.UnitSize}");
        return new(tag, vr, bytes);
    }

    /// <summary>True where an array of <typeparamref name="T"/> lies in memory as the value does in the file.</summary>
    private static bool IsStoredAs<T>(DicomVR vr) => BitConverter.IsLittleEndian && vr.Code switch
    {
        "FL" or "OF" => typeof(T) == typeof(float),
        "FD" or "OD" => typeof(T) == typeof(double),
        "US" or "OW" => typeof(T) == typeof(ushort),
        "SS" => typeof(T) == typeof(short),
        "SL" => typeof(T) == typeof(int),
        "UL" or "OL" => typeof(T) == typeof(uint),
        "UV" or "OV" => typeof(T) == typeof(ulong),
        "OB" or "UN" => typeof(T) == typeof(byte),
        _ => false,
    };

    private static string Format<T>(DicomTag tag, DicomVR vr, T value) where T : struct, INumber<T>
    {
        if (vr == DicomVR.DS)
            return T.IsInteger(value) && value.ToString(null, CultureInfo.InvariantCulture) is { Length: <= 16 } whole && !whole.Contains('E')
                ? whole
                : ValueRules.Decimal(tag, value is float single ? double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : double.CreateChecked(value));
        if (vr == DicomVR.IS && !T.IsInteger(value))
            throw ValueRules.Refused(tag, vr, "was given a fraction", "an integer");
        return value.ToString(null, CultureInfo.InvariantCulture);
    }

    private static void Write<T>(DicomVR vr, T value, Span<byte> into) where T : struct, INumber<T>
    {
        if (vr.Code is "FL" or "OF")
            BinaryPrimitives.WriteSingleLittleEndian(into, float.CreateChecked(value));
        else if (vr.Code is "FD" or "OD")
            BinaryPrimitives.WriteDoubleLittleEndian(into, double.CreateChecked(value));
        else if (!T.IsInteger(value))
            throw new OverflowException();
        else if (vr.Code is "SS")
            BinaryPrimitives.WriteInt16LittleEndian(into, short.CreateChecked(value));
        else if (vr.Code is "SL")
            BinaryPrimitives.WriteInt32LittleEndian(into, int.CreateChecked(value));
        else if (vr.Code is "SV")
            BinaryPrimitives.WriteInt64LittleEndian(into, long.CreateChecked(value));
        else if (vr.UnitSize == 2)
            BinaryPrimitives.WriteUInt16LittleEndian(into, ushort.CreateChecked(value));
        else if (vr.UnitSize == 4)
            BinaryPrimitives.WriteUInt32LittleEndian(into, uint.CreateChecked(value));
        else if (vr.UnitSize == 8)
            BinaryPrimitives.WriteUInt64LittleEndian(into, ulong.CreateChecked(value));
        else
            into[0] = byte.CreateChecked(value);
    }
}
