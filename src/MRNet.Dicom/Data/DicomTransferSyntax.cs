namespace MRNet.Dicom;

/// <summary>How a data set and its pixels are encoded, PS3.5 section 10 and annex A.</summary>
public sealed record DicomTransferSyntax
{
    private static readonly Dictionary<string, DicomTransferSyntax> Known = [];

    public static readonly DicomTransferSyntax ImplicitVRLittleEndian = Native(DicomUID.ImplicitVRLittleEndian, isExplicit: false);
    public static readonly DicomTransferSyntax ExplicitVRLittleEndian = Native(DicomUID.ExplicitVRLittleEndian);
    public static readonly DicomTransferSyntax ExplicitVRBigEndian = Native(DicomUID.ExplicitVRBigEndian, isBig: true);
    public static readonly DicomTransferSyntax DeflatedExplicitVRLittleEndian =
        Native(DicomUID.DeflatedExplicitVRLittleEndian, isDeflated: true);

    public static readonly DicomTransferSyntax EncapsulatedUncompressed = Encapsulated("1.2.840.10008.1.2.1.98");
    public static readonly DicomTransferSyntax DeflatedImageFrame = Encapsulated("1.2.840.10008.1.2.8.1");
    public static readonly DicomTransferSyntax RLELossless = Encapsulated("1.2.840.10008.1.2.5");
    public static readonly DicomTransferSyntax JPEGProcess1 = Encapsulated("1.2.840.10008.1.2.4.50", lossy: true);
    public static readonly DicomTransferSyntax JPEGProcess2And4 = Encapsulated("1.2.840.10008.1.2.4.51", lossy: true);
    public static readonly DicomTransferSyntax JPEGProcess14 = Encapsulated("1.2.840.10008.1.2.4.57");
    public static readonly DicomTransferSyntax JPEGProcess14SV1 = Encapsulated("1.2.840.10008.1.2.4.70");
    public static readonly DicomTransferSyntax JPEGLSLossless = Encapsulated("1.2.840.10008.1.2.4.80");
    public static readonly DicomTransferSyntax JPEGLSNearLossless = Encapsulated("1.2.840.10008.1.2.4.81", lossy: true);
    public static readonly DicomTransferSyntax JPEG2000Lossless = Encapsulated("1.2.840.10008.1.2.4.90");
    public static readonly DicomTransferSyntax JPEG2000Lossy = Encapsulated("1.2.840.10008.1.2.4.91", lossy: true);
    public static readonly DicomTransferSyntax HTJ2KLossless = Encapsulated("1.2.840.10008.1.2.4.201");
    public static readonly DicomTransferSyntax HTJ2KLosslessRPCL = Encapsulated("1.2.840.10008.1.2.4.202");
    public static readonly DicomTransferSyntax HTJ2K = Encapsulated("1.2.840.10008.1.2.4.203", lossy: true);

    private DicomTransferSyntax(DicomUID uid) => UID = uid;

    public DicomUID UID { get; }

    public string Name => UID.Name;

    public bool IsExplicitVR { get; private init; } = true;

    public bool IsBigEndian { get; private init; }

    /// <summary>The whole data set is deflated (…1.2.1.99).</summary>
    public bool IsDeflated { get; private init; }

    /// <summary>Pixel data is a sequence of fragments.</summary>
    public bool IsEncapsulated { get; private init; }

    /// <summary>True where the syntax may have lost something; .81, .91 and .203 may also be used without loss.</summary>
    public bool IsLossy { get; private init; }

    /// <summary>All that this library has a constant for.</summary>
    internal static IReadOnlyCollection<DicomTransferSyntax> All => Known.Values;

    /// <summary>
    /// The syntax of a UID. One not known here is taken as encapsulated Explicit VR Little Endian, which all standard
    /// syntaxes since 1993 are: its data set can be read, its frames give a named error.
    /// </summary>
    /// <exception cref="DicomValueException">Not a UID.</exception>
    public static DicomTransferSyntax Parse(string uid)
    {
        ArgumentNullException.ThrowIfNull(uid);
        var trimmed = uid.TrimEnd('\0', ' ');
        if (Known.TryGetValue(trimmed, out var known))
            return known;
        if (!DicomUID.IsValid(trimmed))
            throw new DicomValueException($"A transfer syntax is a UID of digits and dots, at most 64 characters; found {uid.Length} characters that are none.");
        return new(new DicomUID(trimmed)) { IsEncapsulated = true };
    }

    public bool Equals(DicomTransferSyntax? other) => UID == other?.UID;

    public override int GetHashCode() => UID.GetHashCode();

    public override string ToString() => Name == UID.UID ? UID.UID : $"{UID} ({Name})";

    private static DicomTransferSyntax Native(DicomUID uid, bool isExplicit = true, bool isBig = false, bool isDeflated = false) =>
        Known[uid.UID] = new(uid) { IsExplicitVR = isExplicit, IsBigEndian = isBig, IsDeflated = isDeflated };

    private static DicomTransferSyntax Encapsulated(string uid, bool lossy = false) =>
        Known[uid] = new(new DicomUID(uid)) { IsEncapsulated = true, IsLossy = lossy };
}
