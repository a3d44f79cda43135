namespace MRNet.Imaging.DataSets;

/// <summary>What lies in a folder, in natural order (case2 before case10) and without the litter of macOS and hidden files.</summary>
internal static class DataFolder
{
    public static string[] Folders(string path) =>
        Directory.Exists(path) ? [.. Directory.EnumerateDirectories(path).Where(IsData).Order(NaturalOrder.Instance)] : [];

    public static string[] Files(string path) =>
        Directory.Exists(path) ? [.. Directory.EnumerateFiles(path).Where(IsData).Order(NaturalOrder.Instance)] : [];

    public static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>__MACOSX, ._anything, .DS_Store, Thumbs.db: not data.</summary>
    public static bool IsData(string path) => Path.GetFileName(path) is var name && !name.StartsWith('.') && name is not ("__MACOSX" or "Thumbs.db");
}
