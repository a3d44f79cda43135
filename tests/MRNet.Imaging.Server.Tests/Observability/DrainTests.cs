using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Tests.Jobs.Contract;

namespace MRNet.Imaging.Server.Tests.Observability;

/// <summary>Health and the way down of a real server on real ports.</summary>
public sealed class DrainTests : IDisposable
{
    private const string Service = "mrnet.imaging.v1.Segmentation";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Twenty_waiting_jobs_are_kept_and_two_running_ones_end_when_the_server_is_told_to_stop()
    {
        using var gate = new SemaphoreSlim(0);
        var runner = new StubRunner { Gate = gate };
        await using var server = await StartAsync(builder => builder.Services.AddSingleton<IVolumeRunner>(runner));
        using var client = MrnetClient.Connect(server.Urls.First());
        await ServingAsync(server);
        var engine = server.Services.GetRequiredService<EmbeddedJobEngine>();
        var submitted = await Task.WhenAll(Enumerable.Range(0, 22).Select(_ => client.Raw.SubmitAsync(Request()).ResponseAsync));
        List<string> ids = [.. submitted.Select(job => job.Id)];
        for (var running = 0; running < 2; running++)
            Assert.True(await runner.Begun.WaitAsync(TimeSpan.FromSeconds(30)));

        var stopping = server.StopAsync();
        for (var i = 0; i < 600 && engine.WhyNotReady is null; i++)
            await Task.Delay(50);
        gate.Release(2);
        await stopping;

        Assert.Equal("The server stops.", engine.WhyNotReady);
        Assert.Equal((2, 20), (Stored(server, ids).Count(job => job == JobStatus.Done), Stored(server, ids).Count(job => job == JobStatus.Queued)));
        await server.DisposeAsync();

        await using var again = await StartAsync();
        using var later = MrnetClient.Connect(again.Urls.First());
        foreach (var id in ids)
            Assert.NotNull((await later.Raw.Watch(new() { JobId = id }).ResponseStream.ReadAllAsync().LastAsync()).Done);
        await again.StopAsync();
    }

    [Fact]
    public async Task A_draining_server_still_lives_and_answers_but_does_not_serve()
    {
        await using var server = await StartAsync();
        using var client = MrnetClient.Connect(server.Urls.First());
        await ServingAsync(server);
        using var http = new HttpClient { BaseAddress = new(server.Urls.Last()) };
        Assert.Equal(("Healthy", HttpStatusCode.OK), (await http.GetStringAsync("/readyz"), (await http.GetAsync("/healthz")).StatusCode));

        await server.Services.GetRequiredService<EmbeddedJobEngine>().DrainAsync(CancellationToken.None);

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(server, Service));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, ""));
        var ready = await http.GetAsync("/readyz");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
        Assert.Equal(JobState.Queued, (await client.Raw.SubmitAsync(Request())).State);
        await server.StopAsync();
    }

    private async Task<WebApplication> StartAsync(Action<WebApplicationBuilder>? more = null)
    {
        var server = ServerApplication.Create(RunningServer.Options(folder["data"]) with { Jobs = new() { Runners = 2 } }, more);
        await server.StartAsync();
        return server;
    }

    private static JobStatus[] Stored(WebApplication server, List<string> ids) =>
        [.. ids.Select(id => server.Services.GetRequiredService<EmbeddedJobEngine>().Find(id)!.Status)];

    private static SegmentRequest Request() => new()
    {
        ModelId = new ModelStore(RunningServer.Options("").Models[0]).For("CT", 1).Descriptor.Id,
        Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } },
    };

    private static async Task ServingAsync(WebApplication server)
    {
        for (var i = 0; i < 600 && await HealthAsync(server, Service) != HealthCheckResponse.Types.ServingStatus.Serving; i++)
            await Task.Delay(50);
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(WebApplication server, string service)
    {
        using var channel = GrpcChannel.ForAddress(server.Urls.First());
        return (await new Health.HealthClient(channel).CheckAsync(new() { Service = service })).Status;
    }
}
