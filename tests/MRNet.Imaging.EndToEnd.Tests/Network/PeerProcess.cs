using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>Another program that listens: started for one test on a free port, ended with it.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;

    private PeerProcess(Process process)
    {
        this.process = process;
        output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).ContinueWith(texts => string.Concat(texts.GetAwaiter().GetResult()), TaskScheduler.Default);
    }

    /// <summary>Starts a program and waits until it listens; skips, saying which, where it is absent.</summary>
    public static async Task<PeerProcess> StartAsync(string package, int port, string program, params string[] arguments)
    {
        var path = new[] { "/usr/bin", "/usr/sbin", "/usr/local/bin" }.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"No {program} (Debian: {package}).");
        var peer = new PeerProcess(Process.Start(new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!);
        for (var i = 0; i < 1500 && !await IsListeningAsync(port); i++)
        {
            Assert.False(peer.process.HasExited, peer.process.HasExited ? $"{program} ended: {await peer.output}" : "");
            await Task.Delay(20);
        }

        return peer;
    }

    /// <summary>What it wrote; only after its end.</summary>
    public Task<string> OutputAsync()
    {
        Dispose();
        return output;
    }

    /// <summary>Ends it at once, without a word to it.</summary>
    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit();
    }

    private static async Task<bool> IsListeningAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
