namespace MRNet.Imaging.DataSets;

/// <summary>
/// Crops as LIDC's come: <c>patient/case/images/slice.png</c> and <c>patient/case/mask-k/slice.png</c>, from a folder or a
/// .tar.gz of it. A case is a nodule, its slices stacked along z; a slice that lacks a rater's mask is left out.
/// </summary>
internal static class CropsReader
{
    private const string Layout = "patient/case/images/*.png with mask-k beside";

    public static bool Fits(string root) =>
        DataFolder.Folders(root).Take(50).SelectMany(DataFolder.Folders).Any(study => Directory.Exists(Path.Combine(study, "images")));

    /// <exception cref="InvalidImageException">Nothing of that layout, or an archive that is cut short.</exception>
    /// <exception cref="ResourceLimitException">An archive of more than <see cref="CropFiles.MaxBytes"/>.</exception>
    public static MultiRaterDataSet Open(string path, CancellationToken cancellation)
    {
        var files = CropFiles.Of(path, cancellation);
        var parts = files.Names.Select(CropName.Of).OfType<CropName>().ToArray();
        string[] raters = [.. parts.Select(part => part.Folder).Where(IsRater).Distinct().Order(NaturalOrder.Instance)];
        if (raters.Length == 0 || !parts.Any(part => part.Folder == "images"))
            throw new InvalidImageException($"{DataFolder.NameOf(path)} holds no {Layout}; expected that layout, as a folder or a .tar.gz.");

        var cases = parts.GroupBy(part => part.Case).OrderBy(study => study.Key, NaturalOrder.Instance)
            .Select(study => CaseOf(study, raters, files)).OfType<CropCase>().ToArray();
        if (cases.Length == 0)
            throw new InvalidImageException($"{DataFolder.NameOf(path)} has no slice that all of {string.Join(", ", raters)} drew on; expected {Layout}, of the same names.");
        return new(CropFiles.NameOf(path), "crops", [RaterFoldersReader.OnlyStructure], raters, cases);
    }

    private static bool IsRater(string folder) => folder.StartsWith("mask-", StringComparison.Ordinal);

    private static CropCase? CaseOf(IGrouping<string, CropName> study, string[] raters, CropFiles files)
    {
        var drawn = study.ToLookup(part => part.File, part => part.Folder);
        string[] slices = [.. study.Where(part => part.Folder == "images" && raters.All(drawn[part.File].Contains)).Select(part => part.File).Order(NaturalOrder.Instance)];
        return slices.Length == 0 ? null : new CropCase(files, slices, raters) { Name = study.Key, Patient = study.First().Patient };
    }
}

/// <summary>The four last parts of a picture's name.</summary>
internal sealed record CropName(string Prefix, string Patient, string Study, string Folder, string File)
{
    /// <summary>"LIDC-IDRI-0001/nodule-0"</summary>
    public string Case => $"{Prefix}{Patient}/{Study}";

    public static CropName? Of(string name) => name.Split('/') switch
    {
        [.. var above, var patient, var study, var folder, var file] => new(string.Concat(above.Select(part => part + "/")), patient, study, folder, file),
        _ => null,
    };
}
