using Grpc.Core;
using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Tests.Sessions;

public class LatestOnlyTests
{
    private readonly LatestOnly latest = new();

    [Fact]
    public void A_later_question_breaks_off_the_earlier_one_of_its_session_alone()
    {
        using var first = Begin("one", 1);
        using var other = Begin("two", 1);
        using var second = Begin("one", 2);

        Assert.Equal((true, false, false), (IsOff(first), IsOff(other), IsOff(second)));
        Assert.Equal(StatusCode.Cancelled, Assert.Throws<RpcException>(first.ThrowIfOvertaken).StatusCode);
        second.ThrowIfOvertaken();
    }

    [Fact]
    public void One_that_comes_after_a_later_one_is_refused()
    {
        using var second = Begin("one", 2);

        Assert.Equal(StatusCode.Cancelled, Assert.Throws<RpcException>(() => Begin("one", 1)).StatusCode);
        Assert.False(IsOff(second));
    }

    [Fact]
    public void A_viewer_that_was_started_again_may_count_from_one()
    {
        Begin("one", 9).Dispose();

        using var first = Begin("one", 1);

        Assert.False(IsOff(first));
    }

    [Fact]
    public void The_end_of_one_that_was_overtaken_leaves_the_later_one_in_place()
    {
        var first = Begin("one", 1);
        using var second = Begin("one", 2);
        first.Dispose();

        using var third = Begin("one", 3);

        Assert.True(IsOff(second));
    }

    [Fact]
    public void Questions_without_a_number_stand_by_themselves()
    {
        using var first = Begin("one", 0);
        using var second = Begin("one", 5);
        using var third = Begin("one", 0);

        Assert.DoesNotContain(true, new[] { first, second, third }.Select(IsOff));
    }

    private LatestOnly.Question Begin(string session, ulong sequence) => latest.Begin(session, sequence, CancellationToken.None);

    private static bool IsOff(LatestOnly.Question question) => question.Cancellation.IsCancellationRequested;
}
