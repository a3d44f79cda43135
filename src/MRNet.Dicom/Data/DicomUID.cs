using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace MRNet.Dicom;

/// <summary>A unique identifier, PS3.5 section 9.</summary>
public sealed partial class DicomUID(string uid) : IEquatable<DicomUID>
{
    private const int MaximumLength = 64;

    public string UID { get; } = uid;

    /// <summary>The name of PS3.6 annex A, or the UID itself.</summary>
    public string Name => DicomDictionary.UidName(UID) ?? UID;

    /// <summary>A new identifier 2.25.&lt;random 128 bits&gt; (PS3.5 B.2): no registered root needed, nobody else's used.</summary>
    public static DicomUID Generate()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return FromBytes(bytes);
    }

    /// <summary>As <see cref="Generate()"/>, from the caller's source: the same seed gives the same files.</summary>
    public static DicomUID Generate(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return FromBytes(bytes);
    }

    /// <summary>Digits and single dots, no leading zero in a component, at most 64 characters.</summary>
    public static bool IsValid(string uid)
    {
        if (uid is not { Length: > 0 and <= MaximumLength })
            return false;
        foreach (var part in uid.Split('.'))
        {
            if (part.Length == 0 || (part.Length > 1 && part[0] == '0') || part.AsSpan().ContainsAnyExceptInRange('0', '9'))
                return false;
        }

        return true;
    }

    public bool Equals(DicomUID? other) => UID == other?.UID;

    public override bool Equals(object? obj) => Equals(obj as DicomUID);

    public override int GetHashCode() => UID.GetHashCode(StringComparison.Ordinal);

    public static bool operator ==(DicomUID? left, DicomUID? right) => left?.UID == right?.UID;

    public static bool operator !=(DicomUID? left, DicomUID? right) => !(left == right);

    public override string ToString() => UID;

    private static DicomUID FromBytes(ReadOnlySpan<byte> bytes)
    {
        // Version 4 and variant bits of RFC 4122, as a UUID-derived UID is meant to carry.
        var number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        number = (number & ~((UInt128)0xF000 << 64)) | ((UInt128)0x4000 << 64);
        number = (number & ~((UInt128)3 << 62)) | ((UInt128)2 << 62);
        return new("2.25." + number.ToString(CultureInfo.InvariantCulture));
    }
}
