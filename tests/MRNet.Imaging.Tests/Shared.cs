namespace MRNet.Imaging.Tests;

/// <summary>Images too large or too foreign for the repository: MRNET_SHARED, or a folder <c>shared</c> beside it. Tests skip without.</summary>
internal static class Shared
{
    public static string? Folder { get; } = Find();

    /// <summary>A file or folder of the shared data; skips the test when it is absent.</summary>
    public static string Data(params string[] path)
    {
        Assert.SkipWhen(Folder is null, "No shared data: set MRNET_SHARED, or put 'shared' beside the repository.");
        var file = Path.Combine([Folder!, "data", .. path]);
        Assert.SkipUnless(File.Exists(file) || Directory.Exists(file), $"The shared data has no {Path.Combine(path)}.");
        return file;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MRNET_SHARED") is { Length: > 0 } given)
            return Directory.Exists(given) ? given : null;

        for (var at = new DirectoryInfo(Repository.Root).Parent; at is not null; at = at.Parent)
            if (Directory.Exists(Path.Combine(at.FullName, "shared", "data")))
                return Path.Combine(at.FullName, "shared");
        return null;
    }
}
