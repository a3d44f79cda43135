using System.Runtime.CompilerServices;

namespace MRNet.Dicom.Tests;

/// <summary>The sample files of data/dicom in a folder named <c>shared</c> beside the repository, or where MRNET_SHARED says.</summary>
internal static class Shared
{
    private static readonly string? Root = Locate();

    /// <returns>The full path of a sample; skips the test when the data are not there.</returns>
    public static string Path(string relative)
    {
        Assert.SkipWhen(Root is null, "shared data not present (a folder named shared beside the repository, or MRNET_SHARED)");
        return System.IO.Path.Combine(Root!, "data", "dicom", relative);
    }

    public static DicomFile Open(string relative, DicomReadOptions? options = null) => DicomFile.Open(Path(relative), options);

    public static DicomDataset Dataset(string relative) => Open(relative).Dataset;

    /// <returns>All files of a folder and those below, by name; the manifest and non-DICOM companions left out.</returns>
    public static string[] Files(string folder = "") =>
        [.. Directory.EnumerateFiles(Path(folder), "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".md", StringComparison.Ordinal) && !file.EndsWith(".json", StringComparison.Ordinal)
                && !file.EndsWith(".nrrd", StringComparison.Ordinal) && !file.Contains(".nii", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    private static string? Locate([CallerFilePath] string source = "")
    {
        if (Environment.GetEnvironmentVariable("MRNET_SHARED") is { Length: > 0 } named)
            return Directory.Exists(System.IO.Path.Combine(named, "data", "dicom")) ? named : null;
        return Above(AppContext.BaseDirectory) ?? Above(System.IO.Path.GetDirectoryName(source) ?? "");
    }

    private static string? Above(string folder)
    {
        for (var at = new DirectoryInfo(folder.Length == 0 ? "." : folder); at is not null; at = at.Parent)
        {
            var candidate = System.IO.Path.Combine(at.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(candidate, "data", "dicom")))
                return candidate;
        }

        return null;
    }
}
