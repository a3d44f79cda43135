using CsCheck;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public class PercentileTests
{
    [Fact]
    public void Is_what_sorting_finds() => Gen.Select(Gen.Float[-1e6f, 1e6f].Array[1, 300], Gen.Double[0, 100], Gen.Double[0, 100]).Sample((values, low, high) =>
    {
        var sorted = values.Order().ToArray();
        float At(double percent) => sorted[(int)Math.Round(percent / 100 * (sorted.Length - 1))];

        Assert.Equal((At(low), At(high)), Percentile.Of(values, low, high));
    });

    [Fact]
    public void Values_that_are_none_do_not_count() =>
        Assert.Equal((-3, float.PositiveInfinity), Percentile.Of([float.NaN, -3, -float.NaN, 5, float.PositiveInfinity], 0, 100));

    [Fact]
    public void Of_nothing_is_0() => Assert.Equal((0, 0), Percentile.Of([float.NaN], 1, 99));
}
