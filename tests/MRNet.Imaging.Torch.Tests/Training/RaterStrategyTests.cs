using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class RaterStrategyTests
{
    [Theory]
    [InlineData(RaterStrategy.Uniform), InlineData(RaterStrategy.SingleRater), InlineData(RaterStrategy.RandomWeights)]
    public void Weights_sum_to_1(RaterStrategy strategy)
    {
        var random = new Random(1);
        for (var raters = 1; raters <= 7; raters++)
            for (var i = 0; i < 50; i++)
            {
                var weights = strategy.Draw(raters, random);

                Assert.Equal(raters, weights.Length);
                Assert.Equal(1, weights.Sum(), 1e-6);
                Assert.All(weights, weight => Assert.True(weight >= 0));
            }
    }

    [Fact]
    public void A_single_rater_counts_alone_and_each_has_a_turn()
    {
        var random = new Random(1);
        float[][] drawn = [.. Enumerable.Range(0, 60).Select(_ => RaterStrategy.SingleRater.Draw(4, random))];

        Assert.All(drawn, weights => Assert.Equal([0, 0, 0, 1], weights.Order()));
        Assert.Equal(4, drawn.Select(weights => Array.IndexOf(weights, 1f)).Distinct().Count());
    }

    [Fact]
    public void Uniform_weights_are_equal() => Assert.Equal([0.25f, 0.25f, 0.25f, 0.25f], RaterStrategy.Uniform.Draw(4, new Random(1)));

    [Fact]
    public void Random_weights_differ_and_are_never_0()
    {
        var weights = RaterStrategy.RandomWeights.Draw(5, new Random(1));

        Assert.Equal(5, weights.Distinct().Count());
        Assert.True(weights.Min() > 0);
    }

    [Theory]
    [InlineData(RaterStrategy.Uniform), InlineData(RaterStrategy.SingleRater), InlineData(RaterStrategy.RandomWeights)]
    public void Who_did_not_grade_weighs_nothing(RaterStrategy strategy)
    {
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var weights = strategy.Draw([true, false, true, false], random);

            Assert.Equal([0, 0], [weights[1], weights[3]]);
            Assert.Equal(1, weights.Sum(), 1e-6);
        }
    }

    [Fact]
    public void Where_nobody_graded_all_weigh_the_same() =>
        Assert.Equal([0.5f, 0.5f], RaterStrategy.SingleRater.Draw([false, false], new Random(1)));
}
