using System.Runtime.CompilerServices;

namespace MRNet.Imaging.Tests;

/// <summary>Text a person can review, beside the test. Nothing updates it by itself.</summary>
internal static class Golden
{
    public static void Verify(string text, [CallerMemberName] string name = "", [CallerFilePath] string file = "")
    {
        var folder = Folder(file);
        var golden = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(file)}.{name}.txt");
        if (File.Exists(golden) && File.ReadAllText(golden).ReplaceLineEndings("\n") == text)
            return;

        var received = Path.ChangeExtension(golden, ".received.txt");
        File.WriteAllText(received, text);
        Assert.Fail($"{Path.GetFileName(golden)} differs. To accept the new text: mv {received} {golden}");
    }

    /// <summary>Where the compiler hides paths (CI), the repository is found from the test's own folder.</summary>
    private static string Folder(string file)
    {
        const string Tests = "MRNet.Imaging.Tests/";
        var folder = Path.GetDirectoryName(file)!.Replace('\\', '/') + '/';
        return Path.Combine(Repository.Root, "tests", folder[folder.LastIndexOf(Tests, StringComparison.Ordinal)..], "Golden");
    }
}
