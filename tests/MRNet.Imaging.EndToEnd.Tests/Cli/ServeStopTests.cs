using Grpc.Core;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>The server as a service manager stops it: SIGTERM to the real process.</summary>
public sealed class ServeStopTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task On_SIGTERM_the_running_job_ends_the_waiting_ones_are_kept_and_the_exit_code_is_0()
    {
        var ids = new List<string>();
        using (var server = Begin())
        using (var client = MrnetClient.Connect(server.Address))
        {
            await server.ReadyAsync();
            for (var i = 0; i < 22; i++)
                ids.Add((await client.Raw.SubmitAsync(Request())).Id);

            Assert.Equal(0, await server.TerminateAsync());
        }

        using var again = Begin();
        using var later = MrnetClient.Connect(again.Address);
        await again.ReadyAsync();
        foreach (var id in ids)
            Assert.NotNull((await later.Raw.Watch(new() { JobId = id }).ResponseStream.ReadAllAsync().LastAsync()).Done);
        Assert.Equal(22, (await later.Raw.ListAsync(new() { PageSize = 100 })).Jobs.Count);
    }

    [Fact]
    public async Task The_log_is_one_JSON_object_a_line_where_it_is_asked_for_so()
    {
        using var server = new RunningServe(folder["data"], "--log-format", "json", "--log-level", "information");
        Assert.Equal(0, await server.TerminateAsync());

        var lines = server.Output.Where(line => line.Length > 0).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToList();
        Assert.Contains(lines, line => line.GetProperty("LogLevel").GetString() == "Information" && line.GetProperty("Message").GetString()!.StartsWith("Now listening on", StringComparison.Ordinal));
    }

    private RunningServe Begin() => new(folder["data"], "--root", $"samples={Repository.TestData()}");

    private static SegmentRequest Request() => new()
    {
        ModelId = "ct-lung-nodule",
        Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } },
    };
}
