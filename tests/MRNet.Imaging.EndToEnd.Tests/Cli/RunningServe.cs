using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>The real <c>mrnet serve</c>, a process of its own.</summary>
public sealed class RunningServe : IDisposable
{
    private readonly Process process;
    private readonly TaskCompletionSource<string> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="data">Its own folder.</param>
    /// <param name="options">Further ones.</param>
    public RunningServe(string data, params string[] options)
        : this([], data, options)
    {
    }

    private RunningServe(string[] under, string data, string[] options)
    {
        var port = FreePort.WithNext();
        (Address, WebAddress) = ($"http://127.0.0.1:{port}", $"http://127.0.0.1:{port + 1}");
        string[] arguments = ["serve", "--store", data, "--port", port.ToString(CultureInfo.InvariantCulture), .. options];
        string[] command = [.. under, Program.Executable, .. arguments];
        process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = Imaging.Tests.Repository.Root })!;
        process.ErrorDataReceived += (_, line) => Heard(line.Data);
        process.OutputDataReceived += (_, line) => Output.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        Assert.True(listening.Task.Wait(TimeSpan.FromMinutes(2)), "mrnet serve did not begin to listen.");
    }

    /// <summary>Lines of standard output so far, where the log goes.</summary>
    public ConcurrentQueue<string> Output { get; } = [];

    /// <summary>Number of the process.</summary>
    public int Id => process.Id;

    /// <summary>Of gRPC.</summary>
    public string Address { get; }

    /// <summary>Of pages, gRPC-Web and HTTP uploads.</summary>
    public string WebAddress { get; }

    /// <param name="program">Another program that starts it and becomes it, with its arguments.</param>
    public static RunningServe Under(string[] program, string data, params string[] options) => new(program, data, options);

    /// <summary>Until its models are loaded and it takes work.</summary>
    public async Task ReadyAsync()
    {
        using var http = new HttpClient();
        for (var tries = 600; tries > 0; tries--)
        {
            if ((await http.GetAsync($"{WebAddress}/readyz")).IsSuccessStatusCode)
                return;
            await Task.Delay(100);
        }

        Assert.Fail("mrnet serve did not become ready within a minute.");
    }

    /// <summary>SIGTERM, as a service manager stops it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("/bin/kill", ["-TERM", $"{process.Id}"]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
        return process.ExitCode;
    }

    /// <summary>kill -9: nothing of it runs on.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.Dispose();
    }

    /// <summary>It says where it listens when it does.</summary>
    private void Heard(string? line)
    {
        if (line is null)
            listening.TrySetException(new InvalidOperationException("mrnet serve ended before it listened."));
        else if (line.StartsWith("gRPC on ", StringComparison.Ordinal))
            listening.TrySetResult(line);
    }
}

/// <summary>One server with the bundled models for all tests of a class.</summary>
public sealed class SharedServe : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly RunningServe server;

    public SharedServe() => server = new(folder["data"], "--root", $"samples={Repository.TestData()}");

    public string Address => server.Address;

    public string WebAddress => server.WebAddress;

    public void Dispose()
    {
        server.Dispose();
        folder.Dispose();
    }
}
