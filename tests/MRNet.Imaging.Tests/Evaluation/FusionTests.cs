using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class FusionTests
{
    [Fact]
    public void Majority_takes_half_as_enough() =>
        Assert.Equal([1, 1, 1, 0, 0], RaterFusion.Majority(RaterVotes.Of([[1, 1, 1, 1, 0], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]])));

    [Fact]
    public void Weights_of_a_missing_rater_fall_away()
    {
        var votes = RaterVotes.Of([[1, 0, 1], null, [0, 1, 1]]);

        Assert.Equal([0.25f, 0.75f, 1], RaterFusion.Weighted(votes, [0.1f, 0.6f, 0.3f]), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Refuses_weights_that_say_nothing()
    {
        var votes = RaterVotes.Of([[1], null]);

        Assert.Throws<ArgumentException>(() => RaterFusion.Weighted(votes, [1]));
        Assert.Throws<ArgumentException>(() => RaterFusion.Weighted(votes, [0, 1]));
        Assert.Throws<ArgumentException>(() => RaterFusion.Weighted(votes, [-1, 1]));
        Assert.Throws<ArgumentException>(() => RaterFusion.Weighted(votes, [float.NaN, 1]));
    }

    [Fact]
    public void Staple_by_hand_after_one_round()
    {
        // four voxels, two raters: both, first only, neither, neither. Prior 3/8; p = q = 0.9 at the start.
        var votes = RaterVotes.Of([[1, 1, 0, 0], [1, 0, 0, 0]]);

        var result = Staple.Estimate(votes, new() { StartingQuality = 0.9, MostIterations = 1 });

        // W of a voxel = prior * product / (prior * product + (1 - prior) * product)
        double both = 0.375 * 0.81 / (0.375 * 0.81 + 0.625 * 0.01), one = 0.375, none = 0.375 * 0.01 / (0.375 * 0.01 + 0.625 * 0.81);
        var inside = both + one + 2 * none;
        Assert.Equal(0.375, result.Prior);
        Assert.Equal((both + one) / inside, result.Raters[0].Sensitivity, 1e-12);
        Assert.Equal(both / inside, result.Raters[1].Sensitivity, 1e-12);
        Assert.Equal(2 * (1 - none) / (4 - inside), result.Raters[0].Specificity, 1e-12);
        Assert.Equal((1 - one + 2 * (1 - none)) / (4 - inside), result.Raters[1].Specificity, 1e-12);
        Assert.False(result.Converged);
    }

    [Fact]
    public void Staple_finds_the_quality_raters_were_made_with()
    {
        var random = new Random(5);
        byte[] truth = [.. Enumerable.Range(0, 200_000).Select(_ => (byte)(random.NextDouble() < 0.2 ? 1 : 0))];
        (double Sensitivity, double Specificity)[] made = [(0.95, 0.99), (0.8, 0.95), (0.7, 0.9), (0.9, 0.85)];
        byte[][] raters = [.. made.Select(quality => truth.Select(v => (byte)(random.NextDouble() < (v == 1 ? quality.Sensitivity : 1 - quality.Specificity) ? 1 : 0)).ToArray())];

        var result = Staple.Estimate(RaterVotes.Of(raters), new() { Prior = 0.2 });

        Assert.True(result.Converged);
        Assert.All(made.Zip(result.Raters), pair =>
        {
            Assert.Equal(pair.First.Sensitivity, pair.Second.Sensitivity, 0.01);
            Assert.Equal(pair.First.Specificity, pair.Second.Specificity, 0.01);
        });
        Assert.Equal([0, 1, 3, 2], result.Expertness().Select((weight, rater) => (weight, rater)).OrderByDescending(pair => pair.weight).Select(pair => pair.rater));
        Assert.True(Overlap.Dice([.. result.Probability().Select(p => (byte)(p >= 0.5 ? 1 : 0))], truth) > 0.95);
    }

    [Fact]
    public void Staple_believes_raters_who_agree()
    {
        var result = Staple.Estimate(RaterVotes.Of([[1, 1, 0, 0, 0, 0], null, [1, 1, 0, 0, 0, 0]]));

        Assert.Equal([1, 1, 0, 0, 0, 0], result.Probability(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([0.5f, 0, 0.5f], result.Expertness());
    }

    [Theory]
    [InlineData(0), InlineData(1)]
    public void Staple_of_masks_all_alike_has_no_NaN(byte value)
    {
        var result = Staple.Estimate(RaterVotes.Of([[value, value], [value, value]]));

        Assert.Equal([value, value], result.Probability());
        Assert.True(result.Converged);
        Assert.Equal([0.5f, 0.5f], result.Expertness());
    }

    [Fact]
    public void A_rater_who_draws_too_much_does_not_weigh_most()
    {
        var (one, two, wide) = (new byte[1000], new byte[1000], new byte[1000]);
        Array.Fill(one, (byte)1, 0, 20);
        Array.Fill(two, (byte)1, 1, 20);
        Array.Fill(wide, (byte)1, 0, 60);

        var weights = Staple.Estimate(RaterVotes.Of([one, two, wide])).Expertness();

        Assert.True(weights[2] < weights[0] && weights[2] < weights[1]);
        Assert.Equal(1, weights.Sum(), 1e-6);
    }

    [Fact]
    public void One_V_for_many_cases_leaves_out_the_cases_a_rater_missed()
    {
        RaterEstimate[] first = [new(0, 1, 1, 0.8), new(1, 1, 1, 0.4)];
        RaterEstimate[] second = [new(0, 1, 1, 0.8)];

        Assert.Equal([0.8f / 1.2f, 0.4f / 1.2f, 0], Staple.Expertness([first, second], slots: 3), (a, b) => Math.Abs(a - b) < 1e-6);
    }
}
