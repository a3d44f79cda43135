using Microsoft.AspNetCore.Builder;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Tests.Jobs.Contract;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>The whole server in front of the engine, with other weights asked for: from the worker that keeps the image, or computed anew.</summary>
public sealed class ReweightTests(NatsServer nats) : IDisposable
{
    private static readonly StoredModel Model = new ModelStore(Path.Combine(Repository.Root, "src", "MRNet.Imaging.Segmentation", "Models")).For("CT", 1);

    private static string[] Ct => [.. Directory.GetFiles(Path.Combine(Repository.Root, "testdata", "ct-nodule")).Order()];

    private readonly TemporaryFolder folder = new();
    private readonly string prefix = NatsServer.NewPrefix();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_worker_that_keeps_the_image_answers_and_another_computes_it_anew()
    {
        await using var server = await StartAsync();
        using var client = MrnetClient.Connect(server.Urls.First());
        var (first, second) = (new Runner(), new Runner());
        var stopFirst = Engine.Work(Options().Nats, first);
        var done = (await client.SegmentAsync(Ct, ImageKind.Dicom, new() { ModelId = Model.Descriptor.Id })).Done;

        var kept = await AskAsync(client, done.SessionId, 1);
        await stopFirst();
        var stopSecond = Engine.Work(Options().Nats, second);
        var anew = await AskAsync(client, done.SessionId, 2);
        var keptAgain = await AskAsync(client, done.SessionId, 3);
        await stopSecond();

        Assert.Equal([(false, 1ul), (true, 2ul), (false, 3ul)], new[] { kept, anew, keptAgain }.Select(answer => (answer.Done.Recomputed, answer.Done.ClientSequence)));
        Assert.Equal((2, 2), (first.Runs, second.Runs));
        Assert.All(new[] { kept, anew, keptAgain }, answer => Assert.NotNull(answer.Map(Output.Probability, 1)));
        Assert.Equal(kept.Map(Output.Probability, 1)!.Values(), anew.Map(Output.Probability, 1)!.Values());
        await server.StopAsync();
    }

    [Fact]
    public async Task Where_no_worker_ever_kept_the_image_any_of_them_computes_it_anew_from_what_was_sent()
    {
        var (first, second) = (new Runner(), new Runner());
        string session;
        Answer anew;
        await using (var server = await StartAsync())
        {
            using var client = MrnetClient.Connect(server.Urls.First());
            var stop = Engine.Work(Options().Nats, first, new() { FeatureBytes = 0 });
            session = (await client.SegmentAsync(Ct, ImageKind.Dicom, new() { ModelId = Model.Descriptor.Id })).Done.SessionId;
            anew = await AskAsync(client, session, 1);
            await stop();
            await server.StopAsync();
        }

        await using var restarted = await StartAsync(); // this one has not even the image in memory
        using var again = MrnetClient.Connect(restarted.Urls.First());
        var stopSecond = Engine.Work(Options().Nats, second);
        var byAnother = await AskAsync(again, session, 2);
        await stopSecond();

        Assert.Equal((true, true), (anew.Done.Recomputed, byAnother.Done.Recomputed));
        Assert.Equal((2, 1), (first.Runs, second.Runs));
        Assert.Equal(anew.Map(Output.Probability, 1)!.Values(), byAnother.Map(Output.Probability, 1)!.Values());
        await restarted.StopAsync();
    }

    [Fact]
    public async Task Health_and_page_say_whether_the_engine_is_there()
    {
        NatsServer.SkipUnlessInstalled();
        await using var own = new NatsServer();
        await own.InitializeAsync();
        await using var server = await StartAsync(own.Url);
        using var http = new HttpClient { BaseAddress = new(server.Urls.Last()) };
        await ReadyAsync(http, "Healthy");
        Assert.Contains(own.Url, await http.GetStringAsync("/"), StringComparison.Ordinal);

        await own.KillAsync();

        await ReadyAsync(http, "Unhealthy");
        Assert.Contains("is not connected", await http.GetStringAsync("/"), StringComparison.Ordinal);
        await server.StopAsync();
    }

    private static Task<Answer> AskAsync(MrnetClient client, string session, ulong sequence) => client.ReweightAsync(
        new() { SessionId = session, Weights = new() { Values = { 2, 0, 0, 0 } }, Outputs = { Output.Probability }, ClientSequence = sequence, Sample = Sample.Float32 });

    private static async Task ReadyAsync(HttpClient http, string word)
    {
        for (var i = 0; i < 1000 && await (await http.GetAsync("/readyz")).Content.ReadAsStringAsync() != word; i++)
            await Task.Delay(20);
        Assert.Equal(word, await (await http.GetAsync("/readyz")).Content.ReadAsStringAsync());
    }

    private ServerOptions Options(string? url = null) => new()
    {
        Store = folder["data"],
        Port = 0,
        WebPort = 0,
        Models = [Path.GetDirectoryName(Model.Path)!],
        Uploads = new() { KeepFree = 0 },
        Jobs = new() { Engine = JobOptions.Nats },
        Nats = Engine.Options(url ?? nats.Url, prefix),
    };

    private async Task<WebApplication> StartAsync(string? url = null)
    {
        NatsServer.SkipUnlessInstalled();
        var options = Options(url);
        var server = ServerApplication.Create(options, engine: NatsEngine.With(options));
        await server.StartAsync();
        return server;
    }

    /// <summary>A stub that says it has the model's own weights.</summary>
    private sealed class Runner : IVolumeRunner
    {
        private readonly StubRunner stub = new();

        public int Runs => stub.Runs;

        public SegmentationResult Run(JobWork work, Action<Event> report, CancellationToken cancellation)
        {
            var result = stub.Run(work, report, cancellation);
            return result with { Provenance = result.Provenance with { ModelId = Model.Descriptor.Id, WeightsSha256 = LoadedModel.HashOf(Model) } };
        }
    }
}
