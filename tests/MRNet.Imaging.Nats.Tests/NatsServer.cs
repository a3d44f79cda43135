using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>A real nats-server with its own disk. All tests share one, each under a prefix of its own; a test that kills its server has another.</summary>
public sealed class NatsServer : IAsyncLifetime
{
    private static readonly string? Program = new[] { "/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server" }.FirstOrDefault(File.Exists);
    private static int prefixes;

    private readonly TemporaryFolder folder = new();
    private readonly StringBuilder log = new();
    private int port = FreePort.One();
    private string? config;
    private Process? process;

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{port}");

    public string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    public static string NewPrefix() => string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref prefixes)}");

    public static void SkipUnlessInstalled() => Assert.SkipWhen(Program is null, "nats-server is not installed (Debian package nats-server).");

    public async ValueTask InitializeAsync()
    {
        if (Program is not null)
            await StartAsync();
    }

    /// <summary>With a configuration of its own.</summary>
    public static async Task<NatsServer> StartAsync(string config, int port)
    {
        var server = new NatsServer { config = config, port = port };
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        await File.WriteAllTextAsync(folder["nats.conf"], config ?? $$"""
            listen: "127.0.0.1:{{port}}"
            jetstream { store_dir: "{{folder["store"]}}", max_file_store: 64GB }
            ping_interval: "10s"
            ping_max: 2
            """);
        process = Process.Start(new ProcessStartInfo(Program!, ["-c", folder["nats.conf"]]) { RedirectStandardError = true });
        process!.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginErrorReadLine();
        for (var i = 0; i < 500; i++)
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20);
            }
    }

    /// <summary>As a power cut would, but for the disk.</summary>
    public async Task KillAsync()
    {
        if (process is null)
            return;
        process.Kill();
        await process.WaitForExitAsync();
        process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        folder.Dispose();
    }

    private void Hear(string? line)
    {
        lock (log)
            log.AppendLine(line);
    }
}
