using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Security;

public class AttemptsTests
{
    [Fact]
    public void An_address_waits_after_its_failures_and_others_do_not()
    {
        var clock = Some.Clock();
        var attempts = new Attempts(2, clock);

        Assert.True(attempts.Count("a"));
        Assert.False(attempts.IsOver("a"));
        Assert.True(attempts.Count("a"));
        Assert.False(attempts.Count("a"));
        Assert.True(attempts.IsOver("a"));
        Assert.False(attempts.IsOver("b"));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(attempts.IsOver("a"));
    }

    [Fact]
    public void Any_number_of_addresses_takes_bounded_memory()
    {
        var attempts = new Attempts(1, Some.Clock());
        for (var i = 0; i < 25_000; i++)
            attempts.Count($"{i}");

        Assert.InRange(Enumerable.Range(0, 25_000).Count(i => attempts.IsOver($"{i}")), 1, 10_000);
    }
}
