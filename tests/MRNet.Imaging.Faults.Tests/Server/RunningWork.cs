using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>The real <c>mrnet work</c>, a process of its own.</summary>
internal sealed partial class RunningWork : IDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = [];

    public RunningWork(params string[] options)
    {
        process = Process.Start(new ProcessStartInfo(MrnetProgram.Executable, ["work", .. options]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.ErrorDataReceived += (_, line) => lines.Enqueue(line.Data ?? "");
        process.OutputDataReceived += (_, line) => lines.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>Jobs that it said are done, by id.</summary>
    public IReadOnlyList<string> Done() => [.. lines.Select(line => DoneLine().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    [GeneratedRegex("Job (\\S+) is done")]
    private static partial Regex DoneLine();
}
