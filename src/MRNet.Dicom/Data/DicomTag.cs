using System.Globalization;

namespace MRNet.Dicom;

/// <summary>
/// The name of an attribute, PS3.5 section 7.1. A private tag made with its creator, <c>new(0x0029, 0x0010, "SIEMENS CSA HEADER")</c>,
/// names an attribute of that creator's block: a data set finds the block (0029,xx10), or reserves one.
/// </summary>
public readonly partial record struct DicomTag(ushort Group, ushort Element, string? PrivateCreator) : IComparable<DicomTag>
{
    public DicomTag(ushort group, ushort element) : this(group, element, null)
    {
    }

    internal DicomTag(uint key) : this((ushort)(key >> 16), (ushort)key, null)
    {
    }

    internal static DicomTag ItemDelimitation => new(0xFFFE, 0xE00D);

    internal static DicomTag SequenceDelimitation => new(0xFFFE, 0xE0DD);

    /// <summary>The tag as one number, in the order of the data set.</summary>
    internal uint Key => ((uint)Group << 16) | Element;

    public bool IsPrivate => (Group & 1) == 1;

    /// <summary>True of (gggg,0010-00FF), which name the owner of a block (PS3.5 section 7.8.1).</summary>
    public bool IsPrivateCreator => IsPrivate && Element is >= 0x10 and <= 0xFF;

    public bool IsGroupLength => Element == 0;

    /// <summary>The keyword of PS3.6, "PatientName"; empty when the dictionary has none.</summary>
    public string Keyword => DicomDictionary.Find(this)?.Keyword ?? "";

    /// <summary>Finds a tag by keyword ("PatientName") or number ("00100010", "(0010,0010)", "0010,0010").</summary>
    public static bool TryParse(string text, out DicomTag tag)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (DicomDictionary.Find(text) is { } entry)
        {
            tag = entry.Tag;
            return true;
        }

        var hex = text.Replace(",", "", StringComparison.Ordinal).Trim('(', ')', ' ');
        var ok = hex.Length == 8 & uint.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key);
        tag = ok ? new(key) : default;
        return ok;
    }

    /// <exception cref="DicomValueException">Neither a keyword nor eight hexadecimal digits.</exception>
    public static DicomTag Parse(string text) =>
        TryParse(text, out var tag) ? tag : throw new DicomValueException($"\"{text}\" is no tag; wanted a keyword like PatientID or a number like 00100020.");

    public int CompareTo(DicomTag other) => Key.CompareTo(other.Key);

    public static bool operator <(DicomTag left, DicomTag right) => left.Key < right.Key;

    public static bool operator >(DicomTag left, DicomTag right) => left.Key > right.Key;

    public static bool operator <=(DicomTag left, DicomTag right) => left.Key <= right.Key;

    public static bool operator >=(DicomTag left, DicomTag right) => left.Key >= right.Key;

    /// <summary>(0010,0010), with the creator of a private tag: (0029,xx10:SIEMENS CSA HEADER).</summary>
    public override string ToString() => PrivateCreator is null
        ? $"({Group:X4},{Element:X4})"
        : $"({Group:X4},xx{Element & 0xFF:X2}:{PrivateCreator})";

    /// <summary>For messages: (0010,0020) PatientID.</summary>
    internal string Named() => Keyword is { Length: > 0 } keyword ? $"{this} {keyword}" : ToString();
}
