using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>A worker in a process of its own, which a test may kill, stop and let go on.</summary>
internal sealed partial class WorkerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly List<string> lines = [];

    private WorkerProcess(NatsOptions options)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "MRNet.Imaging.Nats.TestWorker.dll");
        process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            [program, options.Urls, options.Prefix, Seconds(options.Lease), Seconds(options.Stall)])
        {
            RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
    }

    public int Id => process.Id;

    /// <summary>Returns when it looks for jobs.</summary>
    public static async Task<WorkerProcess> StartAsync(NatsOptions options)
    {
        var worker = new WorkerProcess(options);
        await worker.SaidAsync("Looks for jobs");
        return worker;
    }

    public int Count(string text)
    {
        lock (lines)
            return lines.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    public async Task SaidAsync(string text)
    {
        for (var i = 0; i < 1500 && Count(text) == 0; i++)
            await Task.Delay(20);
        Assert.True(Count(text) > 0, $"The worker did not say '{text}', but: {string.Join(" | ", lines)}");
    }

    /// <summary>SIGKILL</summary>
    public void Kill() => process.Kill();

    /// <summary>SIGSTOP: it lives, and does nothing.</summary>
    public void Freeze() => Assert.Equal(0, Signal(process.Id, 19));

    /// <summary>SIGCONT</summary>
    public void GoOn() => Assert.Equal(0, Signal(process.Id, 18));

    /// <summary>SIGTERM or SIGINT: it ends when its job has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(int signal = 15)
    {
        Assert.Equal(0, Signal(process.Id, signal));
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2)); // not the tests' whole time, where a shell has it ignore SIGINT
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        lock (lines)
            lines.Add(line ?? "");
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
