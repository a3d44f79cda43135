using System.Text;

namespace MRNet.Dicom;

/// <summary>What a Specific Character Set (0008,0005) says: how the bytes of LO LT PN SH ST UC UT become text. PS3.5 section 6.1 and PS3.3 C.12.1.1.2.</summary>
internal sealed class CharacterSet
{
    private const byte Escape = 0x1B;

    private readonly Encoding whole; // for sets without code extensions
    private readonly CodeElement? g0;
    private readonly CodeElement? g1;

    private CharacterSet(string terms, Encoding whole, CodeElement? g0 = null, CodeElement? g1 = null)
    {
        Terms = terms;
        this.whole = whole;
        this.g0 = g0;
        this.g1 = g1;
    }

    /// <summary>ISO_IR 6. A byte above 127, which it does not have, is shown as Latin 1 rather than lost.</summary>
    public static CharacterSet Default { get; } = new("", Encoding.Latin1);

    public static CharacterSet Utf8 { get; } = new("ISO_IR 192", new UTF8Encoding(false));

    /// <summary>The defined terms as written, joined by backslashes; two sets with equal terms are the same.</summary>
    public string Terms { get; }

    /// <param name="terms">The value of Specific Character Set. A term not known counts as the default: a wrong label must not stop an image.</param>
    public static CharacterSet Parse(string terms)
    {
        var names = terms.Split('\\').Select(term => term.Trim(' ', '\0').ToUpperInvariant().Replace("ISO-IR", "ISO_IR", StringComparison.Ordinal)).ToArray();
        var first = names[0];
        if (names.Length == 1 && !first.StartsWith("ISO 2022", StringComparison.Ordinal))
        {
            return first switch
            {
                "" or "ISO_IR 6" => Default,
                "ISO_IR 192" => Utf8,
                _ => new(terms, CodeElements.WholeOf(first) ?? Encoding.Latin1),
            };
        }

        // With code extensions the first value says what is active before any escape sequence.
        var number = first.Split(' ')[^1];
        return new(terms, Encoding.Latin1, CodeElements.Initial(number, high: false), CodeElements.Initial(number, high: true));
    }

    public string Decode(ReadOnlySpan<byte> bytes, DicomVR vr)
    {
        if (System.Text.Ascii.IsValid(bytes) && !bytes.Contains(Escape) && g0 is null)
            return Encoding.Latin1.GetString(bytes);
        if (g0 is null && !bytes.Contains(Escape))
            return whole.GetString(bytes);
        return DecodeExtended(bytes, vr);
    }

    /// <summary>Code extensions of ISO 2022: escape sequences change G0 (low bytes) and G1 (high bytes) until the next delimiter.</summary>
    private string DecodeExtended(ReadOnlySpan<byte> bytes, DicomVR vr)
    {
        var text = new StringBuilder(bytes.Length);
        var (low, high) = (g0 ?? CodeElement.Ascii, g1);
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes[at] == Escape)
            {
                if (CodeElements.Find(bytes[at..]) is { } found)
                {
                    if (found.IsHigh)
                        high = found.Code;
                    else
                        low = found.Code;
                    at += found.Length;
                    continue;
                }

                at++; // an escape sequence DICOM does not use: dropped
                continue;
            }

            var isHigh = bytes[at] >= 0x80;
            var code = isHigh ? high : low;
            if (!isHigh && IsDelimiter(bytes[at], vr) && (code is null || code.Width == 1))
            {
                (low, high) = (g0 ?? CodeElement.Ascii, g1);
                text.Append((char)bytes[at++]);
                continue;
            }

            // A run of one code element is decoded together.
            var end = at;
            var width = code?.Width ?? 1;
            while (end < bytes.Length && bytes[end] != Escape && bytes[end] >= 0x80 == isHigh && !(width == 1 && !isHigh && IsDelimiter(bytes[end], vr))
                && !(width == 2 && !isHigh && bytes[end] < 0x21))
                end += Math.Min(width, bytes.Length - end);
            if (end == at)
            {
                text.Append((char)bytes[at++]); // a blank or control inside a two-byte run
                continue;
            }

            text.Append(code is null ? Encoding.Latin1.GetString(bytes[at..end]) : code.Decode(bytes[at..end]));
            at = end;
        }

        return text.ToString();
    }

    private static bool IsDelimiter(byte b, DicomVR vr) => b switch
    {
        (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)'\t' => true,
        (byte)'\\' => !vr.IsSingleText,
        (byte)'^' or (byte)'=' => vr == DicomVR.PN,
        _ => false,
    };

    /// <summary>False of bytes that mean the same in every set: plain ASCII without escape sequences.</summary>
    public static bool IsNeutral(ReadOnlySpan<byte> bytes) => System.Text.Ascii.IsValid(bytes) && !bytes.Contains(Escape);
}
