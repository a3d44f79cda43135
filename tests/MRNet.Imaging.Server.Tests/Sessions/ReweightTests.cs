using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Tests.Sessions;

/// <summary>Other weights and thresholds over real sockets.</summary>
public class ReweightTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Model = "ct-lung-nodule";

    /// <summary>One thread or two, in another order: the last bits may differ.</summary>
    private const float Rounding = 2e-6f;

    [Fact]
    public async Task First_comes_the_coarse_answer_of_the_slices_on_the_screen_then_their_refined_one_then_all()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;
        var early = new Early();

        var answer = await server.Client.ReweightAsync(Asked(session, slices: [4, 5]), early: early);

        Assert.Equal([(true, 4u, 2u), (false, 4u, 2u), (false, 0u, 9u)], early.Maps.Select(map => (map.Part.Coarse, map.Map.Header.Z0, map.Map.Header.Slices)));
        Assert.Equal([true, true, false], early.Maps.Select(map => map.Map.Header.ReplacesBoxOnly));
        Assert.Equal([0, 0, 1], early.Maps.Select(map => map.Part.Stats.Count));
        Assert.Equal([1u, 2u, 3u], early.Maps.Select(map => map.Map.Header.Stream));
        Assert.False(answer.Done.Recomputed);
        Assert.Equal((session, 9ul), (answer.Done.SessionId, answer.Done.ClientSequence));
        var (whole, part) = (answer.Map(Output.Probability, 1)!.Values(), early.Maps[1].Map.Values());
        Assert.Equal(whole.AsSpan(4 * 128 * 128, 2 * 128 * 128).ToArray(), part);
        Assert.NotEqual(part, early.Maps[0].Map.Values());
        Near((await SegmentAsync(server.Client, [1, 0, 0, 0])).Map(Output.Probability, 1)!.Values(), whole);
    }

    [Fact]
    public async Task The_coarse_answer_is_what_a_preview_says()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;
        var request = Asked(session);
        request.Preview = true;
        var early = new Early();

        var answer = await server.Client.ReweightAsync(request, early: early);

        Assert.Single(early.Maps);
        Assert.True(answer.Summary.Coarse);
        var preview = await server.Client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new()
        {
            ModelId = Model,
            Outputs = { Output.Probability },
            Weights = new() { Values = { 1, 0, 0, 0 } },
            Options = new() { Sample = Sample.Float32, Quality = Protocol.V1.Quality.Preview },
        });
        Near(preview.Map(Output.Probability, 1)!.Values(), answer.Map(Output.Probability, 1)!.Values());
    }

    [Fact]
    public async Task Another_threshold_is_answered_at_once_without_the_network()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;
        var events = new List<Event>();

        var answer = await server.Client.ReweightAsync(
            new() { SessionId = session, Threshold = 0.2f, Outputs = { Output.Mask, Output.Probability }, Sample = Sample.Float32, Slices = { 3 } }, new Listener<Event>(events.Add));

        Assert.DoesNotContain(events, said => said.Progress?.Stage == Stage.Running);
        Assert.False(answer.Done.Recomputed);
        Assert.Equal(0.2f, answer.Done.Provenance.Threshold);
        Assert.Equal(answer.Map(Output.Probability, 1)!.Values().Select(value => value >= 0.2f ? (byte)1 : (byte)0), answer.Map(Output.Mask, 1)!.Mask());
    }

    [Fact]
    public async Task Another_connection_of_the_caller_asks_the_same_session()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;
        using var other = MrnetClient.Connect(server.Grpc);

        Assert.False((await other.ReweightAsync(Asked(session))).Done.Recomputed);
        Assert.Contains("session_id names no session", (await Assert.ThrowsAsync<InvalidImageException>(() => other.ReweightAsync(Asked("0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c0ff")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_released_session_is_computed_again()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;

        await server.Client.Raw.ReleaseAsync(new() { SessionId = session });
        var first = await server.Client.ReweightAsync(Asked(session));
        var second = await server.Client.ReweightAsync(Asked(session));

        Assert.Equal((true, false), (first.Done.Recomputed, second.Done.Recomputed));
        Assert.Equal(first.Map(Output.Probability, 1)!.Values(), second.Map(Output.Probability, 1)!.Values());
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => server.Client.Raw.ReleaseAsync(new() { SessionId = "none" }).ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task Files_for_other_weights_are_a_job_that_computes_no_features()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;

        var answer = await server.Client.ReweightAsync(new() { SessionId = session, Weights = new() { Values = { 0, 0, 1, 0 } }, Outputs = { Output.DicomSeg } });

        Assert.NotEqual(session, answer.JobId);
        Assert.False(answer.Done.Recomputed);
        Assert.Equal(Output.DicomSeg, answer.Objects.Single().Header.Kind);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_before_anything_is_computed()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;

        var error = await Assert.ThrowsAsync<InvalidImageException>(() => server.Client.ReweightAsync(new() { SessionId = session, Weights = new() { Values = { 1, 2 } } }));

        Assert.Contains("weights has 2 values; expected 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_questions_of_a_slider_the_last_one_is_answered_and_others_are_broken_off()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;

        var calls = Enumerable.Range(1, 8).Select(i =>
        {
            var asked = Asked(session, [i, 1, 1, 1]);
            asked.ClientSequence = (ulong)i;
            return Record(() => server.Client.ReweightAsync(asked));
        });
        var ends = await Task.WhenAll(calls);

        Assert.NotNull(ends[^1].Answer);
        Assert.All(ends, end => Assert.True(end.Error is null or OperationCanceledException, end.Error?.Message));
        Near((await SegmentAsync(server.Client, [8, 1, 1, 1])).Map(Output.Probability, 1)!.Values(), ends[^1].Answer!.Map(Output.Probability, 1)!.Values());
    }

    [Fact]
    public async Task A_caller_with_too_many_questions_open_is_told_to_try_again_later()
    {
        var session = (await SegmentAsync(server.Client)).Done.SessionId;
        var questions = server.Services.GetRequiredService<Questions>();
        var open = Enumerable.Range(0, new SessionOptions().OpenPerCaller).Select(_ => questions.Open("")).ToList();

        var error = await Assert.ThrowsAsync<RpcException>(() => server.Client.Raw.Reweight(Asked(session)).ResponseStream.MoveNext(CancellationToken.None));
        open.ForEach(place => place.Dispose());

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.NotNull(error.GetRpcStatus()!.GetDetail<Google.Rpc.RetryInfo>());
        Assert.False((await server.Client.ReweightAsync(Asked(session))).Done.Recomputed);
    }

    [Fact]
    public async Task After_a_restart_a_session_is_computed_again_from_the_images()
    {
        using var folder = new TemporaryFolder();
        var session = await OnServer(folder["data"], new(), async client => (await SegmentAsync(client)).Done.SessionId);

        var answer = await OnServer(folder["data"], new(), client => client.ReweightAsync(Asked(session)));

        Assert.True(answer.Done.Recomputed);
        Near((await SegmentAsync(server.Client, [1, 0, 0, 0])).Map(Output.Probability, 1)!.Values(), answer.Map(Output.Probability, 1)!.Values());
    }

    [Fact]
    public async Task A_server_that_may_keep_nothing_computes_every_answer()
    {
        using var folder = new TemporaryFolder();

        var answer = await OnServer(folder["data"], new() { Bytes = 0 }, async client => await client.ReweightAsync(Asked((await SegmentAsync(client)).Done.SessionId, slices: [1])));

        Assert.True(answer.Done.Recomputed);
        Assert.Equal([1, 0, 0, 0], answer.Summary.Weights);
    }

    private static async Task<T> OnServer<T>(string data, SessionOptions sessions, Func<MrnetClient, Task<T>> work)
    {
        await using var application = ServerApplication.Create(RunningServer.Options(data) with { Sessions = sessions });
        await application.StartAsync();
        using var client = MrnetClient.Connect(application.Urls.First());
        var result = await work(client);
        await application.StopAsync();
        return result;
    }

    private static Task<Answer> SegmentAsync(MrnetClient client, float[]? weights = null) => client.SegmentAsync(
        RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = Model, Outputs = { Output.Probability }, Weights = new() { Values = { weights ?? [] } }, Options = new() { Sample = Sample.Float32 } });

    private static ReweightRequest Asked(string session, float[]? weights = null, uint[]? slices = null) => new()
    {
        SessionId = session,
        Weights = new() { Values = { weights ?? [1, 0, 0, 0] } },
        Outputs = { Output.Probability },
        Sample = Sample.Float32,
        ClientSequence = 9,
        Slices = { slices ?? [] },
    };

    private static void Near(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.InRange(expected.Zip(found, (one, other) => Math.Abs(one - other)).Max(), 0, Rounding);
    }

    private static async Task<(Answer? Answer, Exception? Error)> Record(Func<Task<Answer>> call)
    {
        try
        {
            return (await call(), null);
        }
        catch (Exception error)
        {
            return (null, error);
        }
    }

    private sealed class Early : IProgress<EarlyMap>
    {
        public List<EarlyMap> Maps { get; } = [];

        public void Report(EarlyMap value) => Maps.Add(value);
    }

    private sealed class Listener<T>(Action<T> hear) : IProgress<T>
    {
        public void Report(T value) => hear(value);
    }
}
