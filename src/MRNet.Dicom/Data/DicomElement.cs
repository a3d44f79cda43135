using System.Runtime.InteropServices;
using System.Text;

namespace MRNet.Dicom;

/// <summary>
/// An attribute with a value: its bytes as they stand in the file (in little-endian order) and what they mean. It does
/// not change, so one element may be part of many data sets; its text stays as it was read, to the byte.
/// </summary>
public sealed class DicomElement : DicomItem
{
    private readonly ReadOnlyMemory<byte> bytes;
    private readonly DicomValueSource? part;

    internal DicomElement(DicomTag tag, DicomVR vr, ReadOnlyMemory<byte> bytes, CharacterSet characterSet) : base(tag, vr)
    {
        this.bytes = bytes;
        CharacterSet = characterSet;
    }

    internal DicomElement(DicomTag tag, DicomVR vr, DicomValueSource part, CharacterSet characterSet) : base(tag, vr)
    {
        this.part = part;
        CharacterSet = characterSet;
    }

    /// <summary>An element of raw bytes, little-endian; a buffer passes through uncopied.</summary>
    public DicomElement(DicomTag tag, DicomVR vr, ReadOnlyMemory<byte> bytes) : this(tag, vr, bytes, CharacterSet.Default)
    {
    }

    /// <summary>An element whose little-endian bytes are made when it is read or written.</summary>
    public DicomElement(DicomTag tag, DicomVR vr, DicomValueSource source) : this(tag, vr, source, CharacterSet.Default)
    {
    }

    /// <summary>Bytes of the value, padding included.</summary>
    public long Length => part?.Length ?? bytes.Length;

    /// <summary>The whole value. A large one is read from its file each time and not kept.</summary>
    public ReadOnlyMemory<byte> Bytes => Slice(0, CheckedLength());

    internal CharacterSet CharacterSet { get; }

    internal bool IsOnDemand => part is not null;

    /// <summary>How many values: 0 when empty; strings are counted by their backslashes.</summary>
    public int Count
    {
        get
        {
            if (Length == 0)
                return 0;
            if (VR.IsSingleText)
                return 1;
            if (!VR.IsString)
                return CheckedLength() / VR.UnitSize;
            return VR.IsEncodedText ? Text().Count(c => c == '\\') + 1 : Bytes.Span.Count((byte)'\\') + 1;
        }
    }

    /// <summary>Part of the value; of one in a file, only that part is read.</summary>
    internal ReadOnlyMemory<byte> Slice(long offset, int count) =>
        part is null ? bytes.Slice((int)offset, count) : part.Read(offset, count);

    internal void CopyTo(long offset, Span<byte> into)
    {
        if (part is null)
            bytes.Span.Slice((int)offset, into.Length).CopyTo(into);
        else
            part.Read(offset, into);
    }

    /// <summary>The value as text without the padding at its end, several values joined by backslashes.</summary>
    internal string Text()
    {
        if (!VR.IsString)
            return string.Join('\\', ValueConversion.Values<string>(this));
        var span = Bytes.Span.TrimEnd(" \0"u8);
        return VR.IsEncodedText ? CharacterSet.Decode(span, VR).TrimEnd(' ', '\0') : Encoding.Latin1.GetString(span);
    }

    internal string[] Texts()
    {
        var text = Text();
        if (VR.IsSingleText)
            return Length == 0 ? [] : [text];
        if (text.Length == 0)
            return [];
        var values = text.Split('\\');
        for (var i = 0; i < values.Length; i++)
            values[i] = VR.IsEncodedText ? values[i].TrimEnd(' ', '\0') : values[i].Trim(' ', '\0');
        return values;
    }

    /// <summary>The numbers of the value where they lie in memory as <typeparamref name="T"/> does.</summary>
    internal T[] Cast<T>() where T : unmanaged
    {
        var span = Bytes.Span;
        return MemoryMarshal.Cast<byte, T>(span).ToArray();
    }

    private int CheckedLength() => Length <= Array.MaxLength
        ? (int)Length
        : throw new DicomValueException($"{Tag.Named()} has {Length} bytes; one value in memory holds at most {Array.MaxLength}. Read it by frames.");
}
