namespace MRNet.Imaging.DataSets;

/// <summary>
/// A folder <c>images/</c> and a folder for each rater beside it, of any name, with files of the same stem: PNG, JPEG or
/// NIfTI. Several structures lie in folders below each rater's. Above, there may be a folder for each split.
/// </summary>
internal static class RaterFoldersReader
{
    /// <summary>The name of what was outlined where there is only one and no folder says it.</summary>
    public const string OnlyStructure = "structure";

    public const string Images = "images";

    public static bool Fits(string root) => SplitNames.In(root).Any(split => ImagesIn(split.Folder) is not null);

    /// <exception cref="InvalidImageException">No image, no rater, or a mask without its image.</exception>
    public static MultiRaterDataSet Open(string root)
    {
        var splits = SplitNames.In(root).Where(split => ImagesIn(split.Folder) is not null).ToArray();
        var card = DataSetCard.In(root);
        var raters = InOrderOf(card?.Raters, splits.SelectMany(split => RatersIn(split.Folder)).Select(DataFolder.NameOf));
        if (raters.Length == 0)
            throw new InvalidImageException($"{DataFolder.NameOf(root)} has images/ and no other folder; expected one beside it for each rater.");

        var structures = InOrderOf(card?.Structures, splits.SelectMany(split => RatersIn(split.Folder)).SelectMany(DataFolder.Folders).Select(DataFolder.NameOf));
        if (structures.Length == 0)
            structures = [OnlyStructure];
        var modality = card?.Modality ?? "";
        var cases = splits.SelectMany(split => new RaterFoldersSplit(split.Folder, split.Split, raters, structures, modality).Cases()).ToArray();
        if (cases.Length == 0)
            throw new InvalidImageException($"{DataFolder.NameOf(root)}/images holds no image; expected PNG, JPEG or NIfTI files.");
        return new(DataFolder.NameOf(root), "rater-folders", structures, raters, CaseNames.Unique(cases, card)) { Modality = modality };
    }

    public static string? ImagesIn(string folder) =>
        DataFolder.Folders(folder).FirstOrDefault(inner => DataFolder.NameOf(inner).Equals(Images, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> RatersIn(string folder) => DataFolder.Folders(folder).Where(inner => inner != ImagesIn(folder));

    /// <summary>As the card has them; those it does not know follow in natural order.</summary>
    private static string[] InOrderOf(IReadOnlyList<string>? card, IEnumerable<string> names) =>
        [.. names.Distinct().Order(NaturalOrder.Instance).OrderBy(name => card?.IndexOf(name) is >= 0 and var place ? place : int.MaxValue)];

    private static int IndexOf(this IReadOnlyList<string> names, string name) => names.ToList().IndexOf(name);
}
