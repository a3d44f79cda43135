using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Tests.Jobs;

public class FairQueueTests
{
    [Fact]
    public async Task Callers_take_turns()
    {
        using var queue = Filled("a1 a2 a3 b1 c1 b2");

        Assert.Equal("a1 b1 c1 a2 b2 a3", await Taken(queue, 6));
    }

    [Fact]
    public async Task Those_that_somebody_waits_for_come_first()
    {
        using var queue = Filled("a1 a2 b1");
        queue.Add("c", "c1", Lane.Interactive);
        queue.Add("a", "a3", Lane.Interactive);

        Assert.Equal([0, 1, 2, 3, 4], new[] { "c1", "a3", "a1", "b1", "a2" }.Select(job => queue.Position(job[..1], job)));
        queue.Remove("c1");
        Assert.Equal("a3 a1 b1 a2", await Taken(queue, 4));
    }

    [Fact]
    public void Tells_how_many_come_before()
    {
        using var queue = Filled("a1 a2 a3 b1 c1 b2");

        Assert.Equal([0, 1, 2, 3, 4, 5], new[] { "a1", "b1", "c1", "a2", "b2", "a3" }.Select(job => queue.Position(job[..1], job)));
        Assert.Null(queue.Position("a", "a9"));
    }

    [Fact]
    public async Task A_job_taken_out_is_not_given()
    {
        using var queue = Filled("a1 a2 b1");

        queue.Remove("b1");
        queue.Remove("a1");
        queue.Remove("nothing");

        Assert.Equal("a2", await Taken(queue, 1));
        Assert.Equal(0, queue.Count);
        using var soon = new CancellationTokenSource(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.TakeAsync(soon.Token));
    }

    [Fact]
    public void Is_bounded_for_one_and_for_all()
    {
        using var queue = new FairQueue(new JobOptions { QueueLimit = 3, QueuePerCaller = 2 });
        queue.Add("a", "a1");
        queue.Add("a", "a2");

        Assert.Contains("of this caller", Assert.Throws<ResourceLimitException>(() => queue.CheckPlace("a")).Message);
        queue.CheckPlace("b");
        queue.Add("b", "b1");
        Assert.Contains("has 3 jobs; expected fewer than 3", Assert.Throws<ResourceLimitException>(() => queue.CheckPlace("c")).Message);
    }

    private static FairQueue Filled(string jobs)
    {
        var queue = new FairQueue(new JobOptions());
        foreach (var job in jobs.Split(' '))
            queue.Add(job[..1], job);
        return queue;
    }

    private static async Task<string> Taken(FairQueue queue, int count)
    {
        var taken = new List<string>();
        for (var i = 0; i < count; i++)
            taken.Add(await queue.TakeAsync(CancellationToken.None));
        return string.Join(' ', taken);
    }
}
