using System.Runtime.CompilerServices;

namespace MRNet.Dicom.Fuzz;

/// <summary>The sample files of data/dicom in a folder named <c>shared</c> beside the repository, or where MRNET_SHARED says.</summary>
public static class Samples
{
    /// <summary>Null when they are not here.</summary>
    public static string? Folder { get; } = Locate();

    /// <summary>Those of <paramref name="relative"/> that are there.</summary>
    internal static IEnumerable<string> Files(params string[] relative) =>
        Folder is null ? [] : relative.Select(path => Path.Combine(Folder, path)).Where(File.Exists);

    /// <summary>All small DICOM files, by name.</summary>
    internal static IEnumerable<string> Small(int longest) => Folder is null ? [] : Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is not (".md" or ".json" or ".nrrd" or ".nii") && new FileInfo(file).Length < longest)
        .Order(StringComparer.Ordinal);

    private static string? Locate([CallerFilePath] string source = "")
    {
        if (Environment.GetEnvironmentVariable("MRNET_SHARED") is { Length: > 0 } named)
            return Of(named);
        return Above(AppContext.BaseDirectory) ?? Above(Path.GetDirectoryName(source) ?? "");
    }

    private static string? Above(string folder)
    {
        for (var at = new DirectoryInfo(folder.Length == 0 ? "." : folder); at is not null; at = at.Parent)
        {
            if (Of(Path.Combine(at.FullName, "shared")) is { } found)
                return found;
        }

        return null;
    }

    private static string? Of(string shared) => Path.Combine(shared, "data", "dicom") is var folder && Directory.Exists(folder) ? folder : null;
}
