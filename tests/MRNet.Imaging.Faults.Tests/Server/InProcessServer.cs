using System.Net.NetworkInformation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Verification;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>A real server on real ports in this process, with <see cref="TinyModel"/>: a test may look into it and change its clock.</summary>
internal sealed class InProcessServer : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string data;
    private readonly WebApplication application;

    private InProcessServer(string? data, Func<ServerOptions, ServerOptions> change, Action<WebApplicationBuilder>? more, Action<Model.MultiRaterNetwork>? spoil)
    {
        this.data = data ?? folder["data"];
        Directory.CreateDirectory(folder["models"]);
        TinyModel.Write(folder["models"], spoil);
        var options = change(new()
        {
            Store = this.data,
            Port = 0,
            WebPort = 0,
            Models = [folder["models"]],
            Uploads = new() { KeepFree = 0, AtOnce = 16, AtOncePerCaller = 16 },
        });
        application = ServerApplication.Create(options, more);
    }

    /// <param name="data">Its folder; null: one of its own.</param>
    public static async Task<InProcessServer> StartAsync(
        string? data = null, Func<ServerOptions, ServerOptions>? change = null, Action<WebApplicationBuilder>? more = null, Action<Model.MultiRaterNetwork>? spoil = null)
    {
        var server = new InProcessServer(data, change ?? (options => options), more, spoil);
        await server.application.StartAsync();
        return server;
    }

    public string Grpc => application.Urls.First();

    public string Web => application.Urls.Last();

    public string Data => data;

    public EmbeddedJobEngine Engine => application.Services.GetRequiredService<EmbeddedJobEngine>();

    public JobResults Results => application.Services.GetRequiredService<JobResults>();

    public MrnetClient Connect() => MrnetClient.Connect(Grpc);

    public static SegmentRequest Request(string? key = null) => new() { ModelId = TinyModel.Id, Outputs = { Output.Mask, Output.DicomSeg }, IdempotencyKey = key ?? "" };

    public static string[] Ct { get; } = [.. Directory.GetFiles(Repository.TestData("ct-nodule")).Order()];

    /// <summary>Connections to the port of gRPC.</summary>
    public int Connections => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
        .Count(connection => connection.LocalEndPoint.Port == new Uri(Grpc).Port && connection.State == TcpState.Established);

    /// <summary>It has nothing to do any more.</summary>
    public async Task IdleAsync()
    {
        for (var tries = 600; tries > 0; tries--)
        {
            if (Engine is { Queued: 0, Running: 0 })
                return;
            await Task.Delay(50);
        }

        Assert.Fail($"{Engine.Queued} jobs wait and {Engine.Running} run, half a minute after the last call.");
    }

    /// <summary>What is wrong with what it keeps.</summary>
    public StoreReport Verify() => new StoreCheck(Data, new DiskFileSystem()).Run(CancellationToken.None);

    public Task StopAsync() => application.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
        folder.Dispose();
    }
}
