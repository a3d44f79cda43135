using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace MRNet.Dicom;

/// <summary>Values of an element as the .NET types a caller asks for. What does not convert exactly is refused, not rounded.</summary>
internal static class ValueConversion
{
    public static T Value<T>(DicomElement element, int index)
    {
        if (typeof(T) == typeof(string) && element.VR.IsString)
        {
            if (index == 0 && element.VR.IsSingleText)
                return (T)(object)element.Text();
            var texts = element.Texts();
            return index < texts.Length ? (T)(object)texts[index] : throw NoSuchValue(element, index);
        }

        if (typeof(T) == typeof(DicomUID))
            return (T)(object)new DicomUID(Value<string>(element, index));
        if (element.VR.IsString)
        {
            var texts = element.Texts();
            return index < texts.Length ? FromText<T>(element, texts[index]) : throw NoSuchValue(element, index);
        }

        var size = element.VR.UnitSize;
        if (index < 0 || ((long)index + 1) * size > element.Length)
            throw NoSuchValue(element, index);
        return FromBytes<T>(element, element.Slice((long)index * size, size).Span);
    }

    public static T[] Values<T>(DicomElement element)
    {
        if (Fast<T>(element) is { } fast)
            return fast;
        if (element.VR.IsString)
        {
            var texts = element.Texts();
            if (typeof(T) == typeof(string))
                return (T[])(object)texts;
            return Array.ConvertAll(texts, text => typeof(T) == typeof(DicomUID) ? (T)(object)new DicomUID(text) : FromText<T>(element, text));
        }

        var bytes = element.Bytes;
        var size = element.VR.UnitSize;
        var values = new T[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
            values[i] = FromBytes<T>(element, bytes.Span.Slice(i * size, size));
        return values;
    }

    /// <summary>Big arrays of the type they are stored in are copied at once.</summary>
    private static T[]? Fast<T>(DicomElement element)
    {
        if (element.VR.IsString || !BitConverter.IsLittleEndian)
            return null;
        if (typeof(T) == typeof(byte) && element.VR.UnitSize == 1 | element.VR.IsOther)
            return (T[])(object)element.Bytes.ToArray();
        if (typeof(T) == typeof(ushort) && (element.VR == DicomVR.OW | element.VR == DicomVR.US))
            return (T[])(object)element.Cast<ushort>();
        if (typeof(T) == typeof(short) && (element.VR == DicomVR.OW | element.VR == DicomVR.SS))
            return (T[])(object)element.Cast<short>();
        if (typeof(T) == typeof(uint) && (element.VR == DicomVR.OL | element.VR == DicomVR.UL))
            return (T[])(object)element.Cast<uint>();
        if (typeof(T) == typeof(float) && (element.VR == DicomVR.OF | element.VR == DicomVR.FL))
            return (T[])(object)element.Cast<float>();
        if (typeof(T) == typeof(double) && (element.VR == DicomVR.OD | element.VR == DicomVR.FD))
            return (T[])(object)element.Cast<double>();
        return null;
    }

    private static T FromBytes<T>(DicomElement element, ReadOnlySpan<byte> b)
    {
        var vr = element.VR;
        if (vr == DicomVR.AT)
        {
            var tag = new DicomTag(BinaryPrimitives.ReadUInt16LittleEndian(b), BinaryPrimitives.ReadUInt16LittleEndian(b[2..]));
            if (typeof(T) == typeof(DicomTag))
                return (T)(object)tag;
            return typeof(T) == typeof(string) ? (T)(object)$"{tag.Group:X4}{tag.Element:X4}" : FromNumber<T, uint>(element, tag.Key);
        }

        return (vr.Code, vr.UnitSize) switch
        {
            ("FL" or "OF", _) => FromNumber<T, float>(element, BinaryPrimitives.ReadSingleLittleEndian(b)),
            ("FD" or "OD", _) => FromNumber<T, double>(element, BinaryPrimitives.ReadDoubleLittleEndian(b)),
            ("SS", _) => FromNumber<T, short>(element, BinaryPrimitives.ReadInt16LittleEndian(b)),
            ("SL", _) => FromNumber<T, int>(element, BinaryPrimitives.ReadInt32LittleEndian(b)),
            ("SV", _) => FromNumber<T, long>(element, BinaryPrimitives.ReadInt64LittleEndian(b)),
            (_, 2) => FromNumber<T, ushort>(element, BinaryPrimitives.ReadUInt16LittleEndian(b)),
            (_, 4) => FromNumber<T, uint>(element, BinaryPrimitives.ReadUInt32LittleEndian(b)),
            (_, 8) => FromNumber<T, ulong>(element, BinaryPrimitives.ReadUInt64LittleEndian(b)),
            _ => FromNumber<T, byte>(element, b[0]),
        };
    }

    private static T FromText<T>(DicomElement element, string text)
    {
        if (typeof(T) == typeof(string))
            return (T)(object)text;
        var trimmed = text.AsSpan().Trim(" \0");
        if (element.VR == DicomVR.IS && long.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return FromNumber<T, long>(element, whole);
        if (element.VR == DicomVR.DS && !trimmed.ContainsAnyExcept(ValueRules.DecimalCharacters)
            && double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real))
        {
            if (typeof(T) == typeof(decimal) && decimal.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
                return (T)(object)exact;
            return FromNumber<T, double>(element, real);
        }

        throw new DicomValueException(
            $"{element.Tag.Named()} has {text.Length} characters that are no {typeof(T).Name}; wanted a number as {element.VR} writes it.");
    }

    private static T FromNumber<T, TFrom>(DicomElement element, TFrom value) where TFrom : struct, INumber<TFrom>
    {
        try
        {
            object? made =
                typeof(T) == typeof(int) ? Whole<int, TFrom>(value) :
                typeof(T) == typeof(ushort) ? Whole<ushort, TFrom>(value) :
                typeof(T) == typeof(double) ? double.CreateChecked(value) :
                typeof(T) == typeof(float) ? float.CreateChecked(value) :
                typeof(T) == typeof(short) ? Whole<short, TFrom>(value) :
                typeof(T) == typeof(uint) ? Whole<uint, TFrom>(value) :
                typeof(T) == typeof(long) ? Whole<long, TFrom>(value) :
                typeof(T) == typeof(ulong) ? Whole<ulong, TFrom>(value) :
                typeof(T) == typeof(byte) ? Whole<byte, TFrom>(value) :
                typeof(T) == typeof(sbyte) ? Whole<sbyte, TFrom>(value) :
                typeof(T) == typeof(decimal) ? decimal.CreateChecked(value) :
                typeof(T) == typeof(string) ? value.ToString(null, CultureInfo.InvariantCulture) :
                null;
            return made is null
                ? throw new DicomValueException($"{element.Tag.Named()} is {element.VR}, which is not read as {typeof(T).Name}.")
                : (T)made;
        }
        catch (OverflowException)
        {
            throw new DicomValueException($"{element.Tag.Named()} holds a number that does not fit {typeof(T).Name}.");
        }
    }

    private static TTo Whole<TTo, TFrom>(TFrom value) where TTo : INumber<TTo> where TFrom : INumber<TFrom> =>
        TFrom.IsInteger(value) ? TTo.CreateChecked(value) : throw new OverflowException();

    private static DicomValueException NoSuchValue(DicomElement element, int index) =>
        new($"{element.Tag.Named()} has {element.Count} values; wanted number {index + 1}.");
}
