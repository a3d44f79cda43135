using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class PassedChecksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void A_check_that_passed_is_known_at_the_next_start()
    {
        new PassedChecks(folder["new/checks"]).Add("this model here");

        Assert.True(new PassedChecks(folder["new/checks"]).Hold("this model here"));
        Assert.False(new PassedChecks(folder["new/checks"]).Hold("this model elsewhere"));
    }

    [Fact]
    public void The_latest_are_kept()
    {
        var checks = new PassedChecks(folder["checks"]);
        for (var i = 0; i < 100; i++)
            checks.Add($"model {i}");

        Assert.False(checks.Hold("model 3"));
        Assert.True(checks.Hold("model 60"));
        Assert.Equal(64, File.ReadAllLines(folder["checks"]).Length);
    }

    [Fact]
    public void Where_nothing_can_be_kept_nothing_is_known()
    {
        File.WriteAllText(folder["file"], "");
        var checks = new PassedChecks(Path.Combine(folder["file"], "checks"));

        checks.Add("model");

        Assert.False(checks.Hold("model"));
    }

    public void Dispose() => folder.Dispose();
}
