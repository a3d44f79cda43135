using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class SlicePipelineTests
{
    private readonly ComputeThreads threads = new(2);

    [Fact]
    public void Batches_come_back_in_order_however_long_each_takes()
    {
        var back = new List<int>();

        Run(20, (batch, _) => Thread.Sleep(batch.Places[0] * 7 % 5), batch => back.Add(batch.Places[0]));

        Assert.Equal(Enumerable.Range(0, 20), back);
    }

    [Fact]
    public void The_next_is_prepared_while_others_are_computed()
    {
        using var prepared = new CountdownEvent(3);
        var waited = true;

        Run(3, (batch, stop) => waited &= prepared.Wait(TimeSpan.FromSeconds(20), stop), _ => { }, _ => prepared.Signal()); // the first ends only when all three are prepared

        Assert.True(waited);
    }

    [Fact]
    public void Buffers_are_used_again()
    {
        var made = 0;

        Run(50, (_, _) => { }, _ => { }, buffers: () =>
        {
            made++;
            return new(1, 1);
        });

        Assert.InRange(made, 1, 3); // two that are computed, one that is prepared
    }

    [Fact]
    public void A_fault_comes_out_and_nothing_runs_on()
    {
        var running = 0;

        var fault = Assert.Throws<InvalidDataException>(() => Run(
            10,
            (batch, stop) =>
            {
                Interlocked.Increment(ref running);
                if (batch.Places[0] == 1)
                    throw new InvalidDataException("one");
                Thread.Sleep(5);
                Interlocked.Decrement(ref running);
            },
            _ => { }));

        Assert.Equal(("one", 1), (fault.Message, running)); // the one that threw
    }

    [Fact]
    public void Cancelling_waits_for_what_is_being_computed()
    {
        using var stop = new CancellationTokenSource();
        var computing = 0;

        Assert.ThrowsAny<OperationCanceledException>(() => Run(
            10,
            (batch, token) =>
            {
                Interlocked.Increment(ref computing);
                if (batch.Places[0] == 3)
                    stop.Cancel();
                Thread.Sleep(10);
                Interlocked.Decrement(ref computing);
            },
            _ => { },
            cancellation: stop.Token));

        Assert.Equal(0, computing);
    }

    [Theory]
    [InlineData(8, 8, 3, "2 2 2")]             // fewer than threads: they are shared out
    [InlineData(8, 8, 1, "8")]
    [InlineData(2, 2, 5, "1 1 1 1 2")]         // the one left over gets both
    [InlineData(8, 2, 5, "4 4 4 4 8")]         // memory for two only
    [InlineData(1, 1, 3, "1 1 1")]
    public void Threads_are_dealt_by_the_request_alone(int share, int lanes, int batches, string wanted)
    {
        using var request = new ComputeThreads.Request(new(share), share);
        var pipeline = new SlicePipeline(request, lanes);

        Assert.Equal(wanted, string.Join(' ', Enumerable.Range(0, batches).Select(i => pipeline.ThreadsOf(i, batches))));
    }

    private void Run(
        int batches, Action<SlicePipeline.Batch, CancellationToken> compute, Action<SlicePipeline.Batch> bringBack,
        Action<SlicePipeline.Batch>? prepare = null, Func<SlicePipeline.Batch>? buffers = null, CancellationToken cancellation = default)
    {
        using var request = threads.Begin();
        new SlicePipeline(request, lanes: 2).Run(
            [.. Enumerable.Range(0, batches).Select(i => new[] { i })], buffers ?? (() => new(1, 1)), prepare ?? (_ => { }), compute, bringBack, cancellation);
    }
}
