using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Tests.Sessions;

public class QuestionsTests
{
    [Fact]
    public void No_more_are_open_than_agreed_and_a_place_is_free_again()
    {
        using var questions = new Questions(new() { Open = 2 });
        using var first = questions.Open();
        var second = questions.Open();

        Assert.Contains("2 questions to sessions are open", Assert.Throws<ResourceLimitException>(questions.Open).Message, StringComparison.Ordinal);
        second.Dispose();
        questions.Open().Dispose();
    }

    [Fact]
    public async Task No_more_are_computed_at_once_than_agreed()
    {
        using var questions = new Questions(new() { AtOnce = 2 });
        var (now, most) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => questions.ComputeAsync(
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
        using var questions = new Questions(new() { AtOnce = 1 });

        await Assert.ThrowsAsync<InvalidImageException>(() => questions.ComputeAsync<int>(_ => throw new InvalidImageException("No."), _ => Task.CompletedTask, CancellationToken.None));

        Assert.Equal(3, await questions.ComputeAsync(_ => 3, _ => Task.CompletedTask, CancellationToken.None));
    }

    [Fact]
    public async Task A_reader_that_left_does_not_end_the_work_in_its_middle()
    {
        using var questions = new Questions(new() { AtOnce = 1 });
        var ended = false;

        await Assert.ThrowsAsync<IOException>(() => questions.ComputeAsync(
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
