namespace MRNet.Imaging.DataSets;

/// <summary>The folders a data set is parted into, however they are spelled.</summary>
internal static class SplitNames
{
    /// <returns>"Training", "Validation" or "Testing"; null for a name that is no split.</returns>
    public static string? Of(string folder) => DataFolder.NameOf(folder).ToLowerInvariant().Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal) switch
    {
        "training" or "train" or "tr" or "trainingset" or "trainset" or "trainingdata" => "Training",
        "validation" or "val" or "valid" or "validationset" or "valset" or "validationdata" => "Validation",
        "testing" or "test" or "ts" or "testset" or "testingset" or "testdata" or "testingdata" => "Testing",
        _ => null,
    };

    /// <summary>A data set's splits; the folder itself, with its own split or none, where there are none below.</summary>
    public static IReadOnlyList<(string? Split, string Folder)> In(string root)
    {
        var splits = DataFolder.Folders(root).Where(folder => Of(folder) is not null).OrderBy(folder => Rank(Of(folder))).ToArray();
        return splits.Length == 0 ? [(Of(root), root)] : [.. splits.Select(folder => (Of(folder), folder))];
    }

    /// <summary>Training before Validation before Testing; what has none comes first.</summary>
    public static int Rank(string? split) => split switch { "Training" => 1, "Validation" => 2, "Testing" => 3, _ => 0 };
}
