using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Tests.Sessions;

public class QuestionsTests
{
    [Fact]
    public void No_more_are_open_than_agreed_and_a_place_is_free_again()
    {
        var questions = new Questions(new() { Open = 2 });
        using var first = questions.Open("anna");
        var second = questions.Open("otto");

        Assert.Contains("has 2 questions to sessions open; expected fewer than 2", Assert.Throws<ResourceLimitException>(() => questions.Open("vera")).Message, StringComparison.Ordinal);
        second.Dispose();
        questions.Open("vera").Dispose();
    }

    [Fact]
    public void A_caller_that_has_its_share_open_leaves_the_others_theirs()
    {
        var questions = new Questions(new() { OpenPerCaller = 2 });
        using var first = questions.Open("anna");
        var second = questions.Open("anna");

        Assert.Contains("has 2 questions of this caller open; expected fewer than 2", Assert.Throws<ResourceLimitException>(() => questions.Open("anna")).Message, StringComparison.Ordinal);
        questions.Open("otto").Dispose();
        second.Dispose();
        questions.Open("anna").Dispose();
    }

    [Fact]
    public async Task Accounts_take_turns_whoever_asks_most()
    {
        var questions = new Questions(new() { AtOnce = 1 });
        using var gate = new ManualResetEventSlim();
        var order = new List<string>();

        List<Task<int>> asked = [Ask("first", gate.Wait)];
        foreach (var owner in (string[])["anna", "anna", "anna", "otto", "otto", "vera"])
            asked.Add(Ask(owner, () => { }));
        gate.Set();
        await Task.WhenAll(asked);

        Assert.Equal(["first", "anna", "otto", "vera", "anna", "otto", "anna"], order);

        Task<int> Ask(string owner, Action work) => questions.ComputeAsync(
            owner,
            _ =>
            {
                work();
                order.Add(owner); // one at a time
                return 0;
            },
            _ => Task.CompletedTask,
            CancellationToken.None);
    }

    [Fact]
    public async Task Who_leaves_while_waiting_is_passed_over()
    {
        var places = new FairPlaces(1);
        await places.EnterAsync("anna", CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var left = places.EnterAsync("otto", leaving.Token);
        var stays = places.EnterAsync("vera", CancellationToken.None);

        await leaving.CancelAsync();
        places.Leave();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await stays;
        places.Leave();
        await places.EnterAsync("otto", CancellationToken.None); // the place is there
    }

    [Fact]
    public async Task No_more_are_computed_at_once_than_agreed()
    {
        var questions = new Questions(new() { AtOnce = 2 });
        var (now, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => questions.ComputeAsync(
            "anna",
            _ =>
            {
                var count = Interlocked.Increment(ref now);
                most = Math.Max(most, count);
                Thread.Sleep(5);
                return Interlocked.Decrement(ref now);
            },
            _ => Task.CompletedTask,
            CancellationToken.None)));

        Assert.Equal(2, most);
    }

    [Fact]
    public async Task A_fault_arrives_and_frees_its_place()
    {
        var questions = new Questions(new() { AtOnce = 1 });

        await Assert.ThrowsAsync<InvalidImageException>(() => questions.ComputeAsync<int>("anna", _ => throw new InvalidImageException("No."), _ => Task.CompletedTask, CancellationToken.None));

        Assert.Equal(3, await questions.ComputeAsync("anna", _ => 3, _ => Task.CompletedTask, CancellationToken.None));
    }

    [Fact]
    public async Task A_reader_that_left_does_not_end_the_work_in_its_middle()
    {
        var questions = new Questions(new() { AtOnce = 1 });
        var ended = false;

        await Assert.ThrowsAsync<IOException>(() => questions.ComputeAsync(
            "anna",
            progress =>
            {
                progress.Report(new Progress());
                Thread.Sleep(50);
                return ended = true;
            },
            _ => throw new IOException("gone"),
            CancellationToken.None));

        Assert.True(ended); // its thread uses what the caller is about to free
    }
}
