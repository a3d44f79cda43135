using MRNet.Dicom.Fuzz;

namespace MRNet.Dicom.Tests;

/// <summary>The sample files of data/dicom in a folder named <c>shared</c> beside the repository, or where MRNET_SHARED says.</summary>
internal static class Shared
{
    /// <returns>The full path of a sample; skips the test when the data are not there.</returns>
    public static string Path(string relative)
    {
        Assert.SkipWhen(Samples.Folder is null, "shared data not present (a folder named shared beside the repository, or MRNET_SHARED)");
        return System.IO.Path.Combine(Samples.Folder!, relative);
    }

    public static DicomFile Open(string relative, DicomReadOptions? options = null) => DicomFile.Open(Path(relative), options);

    public static DicomDataset Dataset(string relative) => Open(relative).Dataset;

    /// <returns>All files of a folder and those below, by name; the manifest and non-DICOM companions left out.</returns>
    public static string[] Files(string folder = "") =>
        [.. Directory.EnumerateFiles(Path(folder), "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".md", StringComparison.Ordinal) && !file.EndsWith(".json", StringComparison.Ordinal)
                && !file.EndsWith(".nrrd", StringComparison.Ordinal) && !file.Contains(".nii", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
}
