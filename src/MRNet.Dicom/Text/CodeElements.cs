using System.Text;

namespace MRNet.Dicom;

/// <summary>One coded character set of ISO 2022, as one or two bytes a character.</summary>
internal sealed record CodeElement(int CodePage, int Width, Func<ReadOnlySpan<byte>, byte[]> ToCodePage)
{
    private readonly Encoding encoding = CodeElements.Encoding(CodePage);

    public static CodeElement Ascii { get; } = new(28591, 1, static bytes => bytes.ToArray());

    public string Decode(ReadOnlySpan<byte> bytes) => encoding.GetString(ToCodePage(bytes));
}

/// <summary>The character sets of PS3.3 tables C.12-2 to C.12-5 and their escape sequences.</summary>
internal static class CodeElements
{
    private static readonly CodeElement Romaji = Plain(932); // JIS X 0201
    private static readonly CodeElement Jis0208 = new(20932, 2, static bytes => WithHighBits(bytes, 0x80, 0x80));
    // Code page 20932 holds JIS X 0212 with the high bit on the first byte only.
    private static readonly CodeElement Jis0212 = new(20932, 2, static bytes => WithHighBits(bytes, 0x80, 0));
    private static readonly CodeElement Korean = Plain(51949, width: 2);
    private static readonly CodeElement Chinese = Plain(936, width: 2);

    private static readonly Dictionary<string, int> Pages = new()
    {
        ["6"] = 28591,
        ["100"] = 28591,
        ["101"] = 28592,
        ["109"] = 28593,
        ["110"] = 28594,
        ["144"] = 28595,
        ["127"] = 28596,
        ["126"] = 28597,
        ["138"] = 28598,
        ["148"] = 28599,
        ["203"] = 28605,
        ["13"] = 932,
        ["166"] = 874,
    };

    private static readonly (byte[] Sequence, bool IsHigh, CodeElement Code)[] Escapes =
    [
        (Sequence("(B"), false, CodeElement.Ascii),
        (Sequence("(J"), false, Romaji),
        (Sequence(")I"), true, Romaji),
        (Sequence("-A"), true, Plain(28591)),
        (Sequence("-B"), true, Plain(28592)),
        (Sequence("-C"), true, Plain(28593)),
        (Sequence("-D"), true, Plain(28594)),
        (Sequence("-F"), true, Plain(28597)),
        (Sequence("-G"), true, Plain(28596)),
        (Sequence("-H"), true, Plain(28598)),
        (Sequence("-L"), true, Plain(28595)),
        (Sequence("-M"), true, Plain(28599)),
        (Sequence("-T"), true, Plain(874)),
        (Sequence("-b"), true, Plain(28605)),
        (Sequence("$B"), false, Jis0208),
        (Sequence("$(D"), false, Jis0212),
        (Sequence("$)C"), true, Korean),
        (Sequence("$)A"), true, Chinese),
    ];

    /// <returns>The encoding of a single-valued character set such as "ISO_IR 100"; null if not known.</returns>
    public static Encoding? WholeOf(string term) => term switch
    {
        "GB18030" => Encoding(54936),
        "GBK" => Encoding(936),
        _ when term.StartsWith("ISO_IR ", StringComparison.Ordinal) && Pages.TryGetValue(term[7..], out var page) => Encoding(page),
        _ => null,
    };

    /// <summary>What the first value of a multi-valued character set makes active: G0 of the low bytes or G1 of the high.</summary>
    public static CodeElement? Initial(string number, bool high) => (number, high) switch
    {
        ("13", _) => Romaji,
        ("149", true) => Korean,
        ("58", true) => Chinese,
        (_, false) => CodeElement.Ascii,
        _ => Pages.TryGetValue(number, out var page) ? Plain(page) : null,
    };

    public static (bool IsHigh, CodeElement Code, int Length)? Find(ReadOnlySpan<byte> bytes)
    {
        foreach (var (sequence, isHigh, code) in Escapes)
        {
            if (bytes.StartsWith(sequence))
                return (isHigh, code, sequence.Length);
        }

        return null;
    }

    public static Encoding Encoding(int page) =>
        page == 28591 ? System.Text.Encoding.Latin1 : CodePagesEncodingProvider.Instance.GetEncoding(page) ?? System.Text.Encoding.Latin1;

    private static CodeElement Plain(int page, int width = 1) => new(page, width, static bytes => bytes.ToArray());

    private static byte[] Sequence(string text) => [0x1B, .. System.Text.Encoding.ASCII.GetBytes(text)];

    private static byte[] WithHighBits(ReadOnlySpan<byte> bytes, byte first, byte second)
    {
        var high = bytes.ToArray();
        for (var i = 0; i < high.Length; i++)
            high[i] |= i % 2 == 0 ? first : second;
        return high;
    }
}
