using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>The server as a service manager stops it: SIGTERM to the real process.</summary>
public sealed class ServeStopTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly int port = FreePort();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task On_SIGTERM_the_running_job_ends_the_waiting_ones_are_kept_and_the_exit_code_is_0()
    {
        var ids = new List<string>();
        using (var server = Begin())
        using (var client = MrnetClient.Connect($"http://127.0.0.1:{port}"))
        {
            await ServingAsync();
            for (var i = 0; i < 22; i++)
                ids.Add((await client.Raw.SubmitAsync(Request())).Id);
            using (var kill = Process.Start("/bin/kill", ["-TERM", $"{server.Id}"]))
                await kill.WaitForExitAsync();

            await server.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token);
            Assert.Equal(0, server.ExitCode);
        }

        using var again = Begin();
        using var later = MrnetClient.Connect($"http://127.0.0.1:{port}");
        await ServingAsync();
        foreach (var id in ids)
            Assert.NotNull((await later.Raw.Watch(new() { JobId = id }).ResponseStream.ReadAllAsync().LastAsync()).Done);
        Assert.Equal(22, (await later.Raw.ListAsync(new() { PageSize = 100 })).Jobs.Count);
        again.Kill();
        await again.WaitForExitAsync();
    }

    private Process Begin() => Process.Start(new ProcessStartInfo(
        Program.Executable, ["serve", "--port", $"{port}", "--data", folder["data"], "--share", $"samples={Path.Combine(Repository.Root, "testdata")}", "--quiet"]))!;

    private static SegmentRequest Request() => new()
    {
        ModelId = "ct-lung-nodule",
        Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } },
    };

    private async Task ServingAsync()
    {
        using var http = new HttpClient();
        for (var i = 0; i < 600; i++)
            try
            {
                if ((await http.GetAsync($"http://127.0.0.1:{port + 1}/readyz")).IsSuccessStatusCode)
                    return;
                await Task.Delay(100);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100); // it does not listen yet
            }
    }

    /// <summary>One whose next is free too.</summary>
    private static int FreePort()
    {
        while (true)
        {
            using var one = new TcpListener(IPAddress.Loopback, 0);
            one.Start();
            var found = ((IPEndPoint)one.LocalEndpoint).Port;
            try
            {
                using var next = new TcpListener(IPAddress.Loopback, found + 1);
                next.Start();
                return found;
            }
            catch (SocketException)
            {
                // taken; another pair
            }
        }
    }
}
