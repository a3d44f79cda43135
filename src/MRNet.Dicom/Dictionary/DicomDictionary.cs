using System.Collections.Frozen;
using System.Globalization;

namespace MRNet.Dicom;

/// <summary>One row of PS3.6 section 6.</summary>
/// <param name="VR">As printed there: "US or SS" where the data set decides.</param>
/// <param name="Multiplicity">As printed there: "1-n".</param>
public sealed record DicomDictionaryEntry(DicomTag Tag, string VR, string Multiplicity, string Keyword, string Name, bool IsRetired)
{
    /// <summary>The tag's bits that count: all, or all but the xx of a repeating group (60xx,3000).</summary>
    internal uint Mask { get; init; } = uint.MaxValue;

    /// <summary>The first VR named; null for the delimiters, which have none.</summary>
    internal DicomVR? FirstVR { get; } = DicomVR.Find(VR.Length >= 2 ? VR[..2] : "");
}

/// <summary>The data dictionary, PS3.6, from the tables embedded beside this file.</summary>
public static class DicomDictionary
{
    private static readonly Lazy<Tables> Loaded = new(Load);

    /// <summary>How many attributes are known.</summary>
    public static int Count => Loaded.Value.ByTag.Count + Loaded.Value.Repeating.Length;

    /// <returns>The row of a standard attribute, or null.</returns>
    public static DicomDictionaryEntry? Find(DicomTag tag)
    {
        if (tag.IsPrivate)
            return null;
        if (Loaded.Value.ByTag.TryGetValue(tag.Key, out var entry))
            return entry;
        foreach (var row in Loaded.Value.Repeating)
        {
            if ((tag.Key & row.Mask) == row.Tag.Key)
                return row;
        }

        return null;
    }

    /// <returns>The row of a keyword, or null.</returns>
    public static DicomDictionaryEntry? Find(string keyword) => Loaded.Value.ByKeyword.GetValueOrDefault(keyword);

    /// <summary>The VR a caller gets who names none: the first of the choices; LO for a private creator, UN for the unknown.</summary>
    public static DicomVR VROf(DicomTag tag) => tag switch
    {
        { IsPrivateCreator: true } => DicomVR.LO,
        { IsGroupLength: true } => DicomVR.UL,
        _ => Find(tag)?.FirstVR ?? DicomVR.UN,
    };

    internal static string? UidName(string uid) => Loaded.Value.UidNames.GetValueOrDefault(uid);

    private static Tables Load()
    {
        var rows = Lines("dictionary.tsv").Select(Row).ToArray();
        var plain = rows.Where(row => row.Mask == uint.MaxValue).ToFrozenDictionary(row => row.Tag.Key);
        // A keyword that stands twice, once retired, means the living one.
        var keywords = rows.OrderBy(row => row.IsRetired).DistinctBy(row => row.Keyword).ToFrozenDictionary(row => row.Keyword);
        var uids = Lines("uids.tsv").Select(line => line.Split('\t')).ToFrozenDictionary(row => row[0], row => row[3]);
        return new(plain, [.. rows.Where(row => row.Mask != uint.MaxValue)], keywords, uids);
    }

    private static DicomDictionaryEntry Row(string line)
    {
        var cells = line.Split('\t');
        var tag = uint.Parse(cells[0].Replace('x', '0'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var mask = cells[0].Aggregate(0u, (bits, digit) => (bits << 4) | (digit == 'x' ? 0u : 0xF));
        return new(new DicomTag(tag), cells[1], cells[2], cells[3], cells[4], cells[5] == "R") { Mask = mask };
    }

    private static IEnumerable<string> Lines(string name)
    {
        using var reader = new StreamReader(typeof(DicomDictionary).Assembly.GetManifestResourceStream(name)!);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private sealed record Tables(
        FrozenDictionary<uint, DicomDictionaryEntry> ByTag,
        DicomDictionaryEntry[] Repeating,
        FrozenDictionary<string, DicomDictionaryEntry> ByKeyword,
        FrozenDictionary<string, string> UidNames);
}
