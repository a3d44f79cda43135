using System.Diagnostics;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>The real program, as a user starts it.</summary>
internal static class Program
{
    public static readonly string Executable = Path.Combine(
        Repository.Root, "src", "MRNet.Imaging.Cli", "bin", Configuration, "net10.0", OperatingSystem.IsWindows() ? "mrnet.exe" : "mrnet");

#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    /// <param name="ExitCode">As the shell sees it.</param>
    internal sealed record Run(int ExitCode, string Output, string Error)
    {
        /// <summary>What it said when it failed: one line.</summary>
        public string Message => Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public static Run Mrnet(params string[] arguments) => Start(Executable, arguments);

    public static Run Shell(string script) => Start("/bin/bash", ["-c", script]);

    /// <summary>Sends Ctrl-C after a while.</summary>
    public static Run Interrupted(TimeSpan after, params string[] arguments)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        return Interrupted(() => clock.Elapsed >= after, arguments);
    }

    /// <summary>Sends Ctrl-C when something has come about.</summary>
    public static Run Interrupted(Func<bool> when, params string[] arguments)
    {
        using var process = Begin(Executable, arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        while (!process.WaitForExit(20))
            if (when())
            {
                using var kill = System.Diagnostics.Process.Start("/bin/kill", ["-INT", $"{process.Id}"]);
                kill.WaitForExit();
                break;
            }

        process.WaitForExit();
        return new(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static Run Start(string file, string[] arguments)
    {
        using var process = Begin(file, arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(5)), "mrnet did not end within 5 minutes.");
        return new(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private static Process Begin(string file, string[] arguments) => System.Diagnostics.Process.Start(new ProcessStartInfo(file, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        RedirectStandardInput = true,
        WorkingDirectory = Repository.Root,
    })!;
}
