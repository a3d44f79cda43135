namespace MRNet.Imaging.DataSets;

/// <summary>Case names that are used in two splits get the split before them; a card says whose the cases are.</summary>
internal static class CaseNames
{
    public static IReadOnlyList<MultiRaterCase> Unique(IReadOnlyList<FileCase> cases, DataSetCard? card = null)
    {
        var twice = cases.GroupBy(one => one.Name).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        return [.. cases.Select(one => Renamed(one, twice.Contains(one.Name) ? $"{one.Split}/{one.Name}" : one.Name, card))];
    }

    private static FileCase Renamed(FileCase one, string name, DataSetCard? card) => new()
    {
        Name = name,
        Patient = card?.Patients.GetValueOrDefault(name) ?? name,
        Split = one.Split,
        Image = one.Image,
        Masks = one.Masks,
    };
}
