namespace MRNet.Dicom;

/// <summary>A value representation, PS3.5 section 6.2.</summary>
public sealed class DicomVR
{
    private static readonly DicomVR?[] ByLetters = new DicomVR?[26 * 26];

    public static readonly DicomVR AE = Text("AE", 16);
    public static readonly DicomVR AS = Text("AS", 4);
    public static readonly DicomVR AT = Binary("AT", 4, swap: 2, wide: false);
    public static readonly DicomVR CS = Text("CS", 16);
    public static readonly DicomVR DA = Text("DA", 8);
    public static readonly DicomVR DS = Text("DS", 16);
    public static readonly DicomVR DT = Text("DT", 26);
    public static readonly DicomVR FD = Binary("FD", 8, swap: 8, wide: false);
    public static readonly DicomVR FL = Binary("FL", 4, swap: 4, wide: false);
    public static readonly DicomVR IS = Text("IS", 12);
    public static readonly DicomVR LO = Text("LO", 64, encoded: true);
    public static readonly DicomVR LT = Text("LT", 10240, encoded: true, single: true);
    public static readonly DicomVR OB = Binary("OB", 1, swap: 1, wide: true);
    public static readonly DicomVR OD = Binary("OD", 8, swap: 8, wide: true);
    public static readonly DicomVR OF = Binary("OF", 4, swap: 4, wide: true);
    public static readonly DicomVR OL = Binary("OL", 4, swap: 4, wide: true);
    public static readonly DicomVR OV = Binary("OV", 8, swap: 8, wide: true);
    public static readonly DicomVR OW = Binary("OW", 2, swap: 2, wide: true);
    public static readonly DicomVR PN = Text("PN", 64, encoded: true); // 64 for each of the three component groups
    public static readonly DicomVR SH = Text("SH", 16, encoded: true);
    public static readonly DicomVR SL = Binary("SL", 4, swap: 4, wide: false);
    public static readonly DicomVR SQ = Binary("SQ", 1, swap: 1, wide: true);
    public static readonly DicomVR SS = Binary("SS", 2, swap: 2, wide: false);
    public static readonly DicomVR ST = Text("ST", 1024, encoded: true, single: true);
    public static readonly DicomVR SV = Binary("SV", 8, swap: 8, wide: true);
    public static readonly DicomVR TM = Text("TM", 14);
    public static readonly DicomVR UC = Text("UC", int.MaxValue, encoded: true, wide: true);
    public static readonly DicomVR UI = Text("UI", 64, padding: 0);
    public static readonly DicomVR UL = Binary("UL", 4, swap: 4, wide: false);
    public static readonly DicomVR UN = Binary("UN", 1, swap: 1, wide: true);
    public static readonly DicomVR UR = Text("UR", int.MaxValue, single: true, wide: true);
    public static readonly DicomVR US = Binary("US", 2, swap: 2, wide: false);
    public static readonly DicomVR UT = Text("UT", int.MaxValue, encoded: true, single: true, wide: true);
    public static readonly DicomVR UV = Binary("UV", 8, swap: 8, wide: true);

    private DicomVR(string code)
    {
        Code = code;
        ByLetters[((code[0] - 'A') * 26) + code[1] - 'A'] = this;
    }

    /// <summary>The two letters.</summary>
    public string Code { get; }

    /// <summary>True of characters, also of numbers written in characters (DS, IS).</summary>
    public bool IsString { get; private init; }

    /// <summary>True where Specific Character Set applies: LO LT PN SH ST UC UT.</summary>
    public bool IsEncodedText { get; private init; }

    /// <summary>True of LT ST UR UT, where a backslash is a character and not a separator.</summary>
    public bool IsSingleText { get; private init; }

    /// <summary>The most characters of one value; for binary numbers their size in bytes.</summary>
    public int MaximumLength { get; private init; }

    /// <summary>Bytes of one binary value; 1 for strings and OB, UN, SQ.</summary>
    public int UnitSize { get; private init; } = 1;

    /// <summary>Bytes that change places together between byte orders.</summary>
    internal int SwapSize { get; private init; } = 1;

    /// <summary>True where the explicit header has two reserved bytes and a 32-bit length (PS3.5 table 7.1-1).</summary>
    internal bool HasWideLength { get; private init; }

    /// <summary>What an odd value is padded with.</summary>
    internal byte Padding { get; private init; }

    internal bool IsOther => Code[0] == 'O';

    /// <returns>The VR of two letters, or null.</returns>
    public static DicomVR? Find(string code) => code is { Length: 2 } ? Find((byte)code[0], (byte)code[1]) : null;

    internal static DicomVR? Find(byte first, byte second) =>
        first is >= (byte)'A' and <= (byte)'Z' && second is >= (byte)'A' and <= (byte)'Z'
            ? ByLetters[((first - 'A') * 26) + second - 'A']
            : null;

    public override string ToString() => Code;

    private static DicomVR Text(
        string code, int maximum, bool encoded = false, bool single = false, bool wide = false, byte padding = (byte)' ') => new(code)
        {
            IsString = true,
            IsEncodedText = encoded,
            IsSingleText = single,
            MaximumLength = maximum,
            HasWideLength = wide,
            Padding = padding,
        };

    private static DicomVR Binary(string code, int size, int swap, bool wide) => new(code)
    {
        MaximumLength = size,
        UnitSize = size,
        SwapSize = swap,
        HasWideLength = wide,
    };
}
