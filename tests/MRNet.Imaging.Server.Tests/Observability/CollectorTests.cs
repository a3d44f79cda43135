using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Tests.Observability;

[Collection(nameof(Alone))]
public sealed class CollectorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Metrics_and_traces_go_to_the_collector_that_is_named()
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = ServerApplication.Create(RunningServer.Options(folder["data"]) with { Telemetry = new() { Otlp = collector.Address } }))
        {
            await server.StartAsync();
            using var client = MrnetClient.Connect(server.Urls.First());
            await client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask } });
            await server.StopAsync();
        } // what is left is sent

        Assert.Contains("job.run.time", collector.Heard("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"), StringComparison.Ordinal);
        Assert.Contains("decoding", collector.Heard("/opentelemetry.proto.collector.trace.v1.TraceService/Export"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_sends_what_its_engine_measures()
    {
        await using var collector = await Collector.StartAsync();
        using (Telemetry.OfWorker(new() { Otlp = collector.Address }))
        using (var runner = Engines.Runner(new([RunningServer.Options(folder["data"]).Models[0]]), "cpu"))
            runner.LoadAll(CancellationToken.None);

        var heard = collector.Heard("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export");
        Assert.Contains("model.load.time", heard, StringComparison.Ordinal);
        Assert.Contains("device.memory", heard, StringComparison.Ordinal);
        Assert.Contains("mrnet-worker", heard, StringComparison.Ordinal);
    }
}

/// <summary>Takes what OTLP over gRPC sends, and keeps its bytes.</summary>
internal sealed class Collector(WebApplication application, ConcurrentQueue<(string Path, string Body)> heard) : IAsyncDisposable
{
    public string Address => application.Urls.Single();

    public static async Task<Collector> StartAsync()
    {
        var heard = new ConcurrentQueue<(string, string)>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var application = builder.Build();
        application.MapPost("/{**path}", async (HttpContext call) =>
        {
            using var body = new MemoryStream();
            await call.Request.Body.CopyToAsync(body);
            heard.Enqueue((call.Request.Path, System.Text.Encoding.Latin1.GetString(body.ToArray())));
            call.Response.ContentType = "application/grpc";
            await call.Response.Body.WriteAsync(new byte[5]); // an empty message
            call.Response.AppendTrailer("grpc-status", "0");
        });
        await application.StartAsync();
        return new(application, heard);
    }

    /// <summary>All bytes, as Latin-1.</summary>
    public string Heard(string? path = null) => string.Concat(heard.Where(one => path is null || one.Path == path).Select(one => one.Body));

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }
}
