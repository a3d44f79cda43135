namespace MRNet.Imaging.DataSets;

/// <summary>Which layout a path holds.</summary>
internal static class DataSetFormats
{
    private const string Known =
        "expected QUBIQ (case01/image.nii.gz with task01_seg01.nii.gz), rater folders (images/ with a folder for each rater beside), RIGA (a DiscRegion .csv), or crops (patient/case/images/*.png with mask-0 ... beside; a folder or .tar.gz)";

    public static MultiRaterDataSet Open(string path, CancellationToken cancellation)
    {
        if (File.Exists(path))
            return IsArchive(path) ? CropsReader.Open(path, cancellation)
                : RigaReader.IsTable(path) ? RigaReader.Open(path)
                : throw new InvalidImageException($"{Path.GetFileName(path)} is no data set; {Known}.");
        if (!Directory.Exists(path))
            throw new InvalidImageException($"There is no data set at {path}; expected a folder, a .tar.gz of crops or RIGA's .csv.");

        return InFolder(path, cancellation)
            ?? throw new InvalidImageException($"{DataFolder.NameOf(path)} holds {Found(path)}: no data set that is known; {Known}.");
    }

    private static MultiRaterDataSet? InFolder(string path, CancellationToken cancellation)
    {
        if (RaterFoldersReader.Fits(path))
            return RaterFoldersReader.Open(path);
        if (RigaReader.Fits(path))
            return RigaReader.Open(path);
        if (QubiqReader.Fits(path))
            return QubiqReader.Open(path, cancellation);
        return CropsReader.Fits(path) ? CropsReader.Open(path, cancellation) : null;
    }

    private static bool IsArchive(string path) =>
        path.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    private static string Found(string path)
    {
        string[] names = [.. DataFolder.Folders(path).Select(folder => DataFolder.NameOf(folder) + "/"), .. DataFolder.Files(path).Select(Path.GetFileName).OfType<string>()];
        return names.Length == 0 ? "nothing" : string.Join(", ", names.Take(4)) + (names.Length > 4 ? $" and {names.Length - 4} more" : "");
    }
}
