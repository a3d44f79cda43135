namespace MRNet.Imaging.DataSets;

/// <summary>Case names that are used in two splits get the split before them.</summary>
internal static class CaseNames
{
    public static IReadOnlyList<MultiRaterCase> Unique(IReadOnlyList<FileCase> cases)
    {
        var twice = cases.GroupBy(one => one.Name).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        return [.. cases.Select(one => twice.Contains(one.Name) ? Renamed(one) : one)];
    }

    private static FileCase Renamed(FileCase one) => new()
    {
        Name = $"{one.Split}/{one.Name}",
        Patient = $"{one.Split}/{one.Patient}",
        Split = one.Split,
        Image = one.Image,
        Masks = one.Masks,
    };
}
