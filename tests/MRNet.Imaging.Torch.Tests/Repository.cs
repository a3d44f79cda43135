using System.Runtime.CompilerServices;

namespace MRNet.Imaging.Torch.Tests;

/// <summary>Where the sources are: from this file, or from the test's own folder where the compiler hides paths (CI).</summary>
internal static class Repository
{
    public static string Root { get; } = Above(Here()) ?? Above(AppContext.BaseDirectory)
        ?? throw new InvalidOperationException("No MRNet.Imaging.sln above the tests.");

    public static string TestData(params string[] path) => Path.Combine([Root, "testdata", .. path]);

    private static string? Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "MRNet.Imaging.sln")))
                return at.FullName;
        return null;
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
