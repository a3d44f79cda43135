using System.Collections.Frozen;

namespace MRNet.Dicom;

/// <summary>What becomes of an attribute, PS3.15 E.3.1.</summary>
internal enum ConfidentialityAction
{
    Keep,
    Remove,
    Empty,
    Dummy,
    NewUid,
    Shift,
    Clean,
}

/// <summary>PS3.15 table E.1-1, from the table embedded beside this file, and what holds for attributes it does not name.</summary>
internal sealed class ConfidentialityProfile(DeidentifyOptions options)
{
    private static readonly Lazy<FrozenDictionary<uint, Rule>> Table = new(Load);

    private sealed record Rule(string Action, string Options)
    {
        public bool Has(string option) => Options.Contains(option, StringComparison.Ordinal);
    }

    public static int Count => Table.Value.Count;

    public ConfidentialityAction Of(DicomItem item)
    {
        if (item.Tag.IsPrivate || IsOverlayOrCurve(item.Tag.Group))
            return ConfidentialityAction.Remove;
        return Table.Value.TryGetValue(item.Key, out var rule) ? Of(rule, item) : Unnamed(item);
    }

    private ConfidentialityAction Of(Rule rule, DicomItem item) => rule switch
    {
        _ when options.RetainDevice && rule.Has("device") => ConfidentialityAction.Keep,
        _ when options.RetainDates && rule.Has("dates") => item.VR == DicomVR.TM || item.VR == DicomVR.SH ? ConfidentialityAction.Keep : ConfidentialityAction.Shift,
        _ when options.RetainUids && rule.Has("uids") => ConfidentialityAction.Keep,
        _ when options.CleanDescriptors && rule.Has("descriptors") => item.VR == DicomVR.SQ ? ConfidentialityAction.Keep : ConfidentialityAction.Clean,
        { Action: "X" } => ConfidentialityAction.Remove,
        { Action: "Z" } => ConfidentialityAction.Empty,
        { Action: "D" } => ConfidentialityAction.Dummy,
        { Action: "U" } => ConfidentialityAction.NewUid,
        _ => ConfidentialityAction.Keep,
    };

    /// <summary>The table grows with each edition: what may carry a person, a date or an instance by its VR is never kept for being unknown.</summary>
    private ConfidentialityAction Unnamed(DicomItem item) => item.VR.Code switch
    {
        "PN" => ConfidentialityAction.Empty,
        "DA" or "DT" => options.RetainDates ? ConfidentialityAction.Shift : ConfidentialityAction.Dummy,
        "AE" or "UN" or "UR" => ConfidentialityAction.Remove,
        "UI" => options.RetainUids ? ConfidentialityAction.Keep : ConfidentialityAction.NewUid,
        _ => ConfidentialityAction.Keep,
    };

    private static bool IsOverlayOrCurve(ushort group) => group is (>= 0x5000 and <= 0x50FF) or (>= 0x6000 and <= 0x60FF);

    private static FrozenDictionary<uint, Rule> Load()
    {
        using var reader = new StreamReader(typeof(ConfidentialityProfile).Assembly.GetManifestResourceStream("profile.tsv")!);
        var rules = new Dictionary<uint, Rule>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#') || line.Split('\t') is not [var keyword, var action, var options])
                continue;
            if (DicomDictionary.Find(keyword) is { } entry)
                rules[entry.Tag.Key] = new(action, options);
        }

        return rules.ToFrozenDictionary();
    }
}
