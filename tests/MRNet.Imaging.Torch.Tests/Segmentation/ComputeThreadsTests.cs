using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class ComputeThreadsTests
{
    private readonly ComputeThreads threads = new(4);

    [Fact]
    public void A_request_alone_may_plan_with_all_and_later_ones_with_their_part()
    {
        using var first = threads.Begin();
        using (var second = threads.Begin())
        using (var third = threads.Begin())
            Assert.Equal([4, 2, 1], new[] { first, second, third }.Select(request => request.Share));
        using var fourth = threads.Begin();

        Assert.Equal(2, fourth.Share);
    }

    [Fact]
    public void No_more_threads_compute_than_there_are()
    {
        var (now, most) = (0, 0);

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            var wanted = 1 + i % 4;
            using var lease = threads.Take(wanted, CancellationToken.None);
            var sum = Interlocked.Add(ref now, wanted);
            InterlockedMax(ref most, sum);
            Thread.Sleep(1);
            Interlocked.Add(ref now, -wanted);
        });

        Assert.InRange(most, 2, 4);
    }

    [Fact]
    public void Torch_computes_with_as_many_threads_as_were_taken()
    {
        using var set = new Threads(1); // sets this thread's back

        using (threads.Take(3, CancellationToken.None))
            Assert.Equal(3, get_num_threads());
        using (threads.Take(2, CancellationToken.None))
            Assert.Equal(2, get_num_threads());
    }

    [Fact]
    public async Task Who_waits_for_many_is_not_passed_by_those_who_want_few()
    {
        var order = new List<int>();
        var held = threads.Take(1, CancellationToken.None);
        Task Wait(int wanted) => Task.Factory.StartNew(
            () =>
            {
                using var lease = threads.Take(wanted, CancellationToken.None);
                lock (order)
                    order.Add(wanted);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var many = Wait(4);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        var few = Wait(2);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        held.Dispose();
        await Task.WhenAll(many, few);

        Assert.Equal([4, 2], order);
    }

    [Fact]
    public void Waiting_ends_when_cancelled_and_takes_nothing()
    {
        using var stop = new CancellationTokenSource(50);
        using (threads.Take(4, CancellationToken.None))
            Assert.Throws<OperationCanceledException>(() => threads.Take(1, stop.Token));

        using var all = threads.Take(4, CancellationToken.None);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; seen < value; seen = most)
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
