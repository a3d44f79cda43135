using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using MRNet.Imaging.Client;

namespace MRNet.Imaging.Server.Tests.Client;

public class RetriesTests
{
    private readonly FakeTimeProvider clock = Some.Clock();
    private int calls;

    [Fact]
    public async Task A_call_with_a_key_is_tried_again_after_1_2_4_and_up_to_30_s()
    {
        var answer = new Retries(new() { Retries = 7, Time = clock }).RunAsync("key", () => Away(until: 8), CancellationToken.None);

        foreach (var (wait, made) in new[] { (1, 2), (2, 3), (4, 4), (8, 5), (16, 6), (30, 7), (30, 8) })
        {
            clock.Advance(TimeSpan.FromSeconds(wait) - TimeSpan.FromMilliseconds(1));
            await Task.Yield();
            Assert.Equal(made - 1, calls);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await UntilAsync(() => calls == made);
        }

        Assert.Equal(8, await answer);
    }

    [Fact]
    public async Task It_gives_up_after_its_retries()
    {
        await Assert.ThrowsAsync<RpcException>(() => new Retries(new() { Retries = 0, Time = clock }).RunAsync("key", () => Away(until: 9), CancellationToken.None));

        Assert.Equal(1, calls);
    }

    /// <summary>As when a refusal crossed with what another call of the connection was sending.</summary>
    [Fact]
    public async Task A_connection_that_was_ended_in_the_middle_is_tried_again_and_told()
    {
        var cut = new RpcException(new(StatusCode.Internal, "", new HttpRequestException(HttpRequestError.HttpProtocolError, null, new HttpProtocolException(5, "STREAM_CLOSED", null))));

        var answer = new Retries(new() { Time = clock }).RunAsync("key", () => ++calls < 2 ? throw cut : Task.FromResult(calls), CancellationToken.None);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, await answer);
        Assert.Contains("connection ended in the middle", StatusErrors.Of(cut, CancellationToken.None).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_without_a_key_is_made_once()
    {
        await Assert.ThrowsAsync<RpcException>(() => new Retries(new() { Time = clock }).RunAsync("", () => Away(until: 9), CancellationToken.None));

        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task What_the_server_refused_is_not_asked_again()
    {
        await Assert.ThrowsAsync<RpcException>(() => new Retries(new() { Time = clock }).RunAsync<int>("key", () => throw new RpcException(new(StatusCode.InvalidArgument, "")), CancellationToken.None));
    }

    private Task<int> Away(int until) => ++calls < until ? throw new RpcException(new(StatusCode.Unavailable, "away")) : Task.FromResult(calls);

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; i < 500 && !holds(); i++)
            await Task.Delay(10);
        Assert.True(holds());
    }
}
