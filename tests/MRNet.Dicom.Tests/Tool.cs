using System.Diagnostics;

namespace MRNet.Dicom.Tests;

/// <summary>Other people's programs.</summary>
internal static class Tool
{
    public static void Need(string name) => Assert.SkipUnless(All(name).Any(), $"{name} is not installed");

    public static (int Code, string Output) Run(string name, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }

    /// <returns>Every program of that name on the path.</returns>
    public static IEnumerable<string> All(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).Where(File.Exists);
}
