using System.Runtime.CompilerServices;

namespace MRNet.Imaging.Torch.Tests;

/// <summary>Files of the repository and of the folder of large samples beside it.</summary>
internal static class Repository
{
    public static string Root { get; } = Up(Source());

    public static string TestData(params string[] path) => Path.Combine([Root, "testdata", .. path]);

    private static string Source([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    private static string Up(string folder) => File.Exists(Path.Combine(folder, "MRNet.Imaging.sln")) ? folder : Up(Path.GetDirectoryName(folder)!);
}
