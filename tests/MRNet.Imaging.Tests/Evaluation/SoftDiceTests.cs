using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class SoftDiceTests
{
    [Fact]
    public void Counts_each_level_by_hand()
    {
        byte[][] masks = [[1, 1, 0, 0], [1, 0, 0, 0]]; // shares 1, 0.5, 0, 0
        float[] probability = [0.95f, 0.2f, 0.6f, 0];

        var score = SoftDice.Score(probability, masks);

        // 0.1: {0,1,2} and {0,1}; 0.3: {0,2} and {0,1}; 0.5: the same; 0.7 and 0.9: {0} and {0}
        Assert.Equal([0.8, 0.5, 0.5, 1, 1], score.Levels.Select(level => level.Dice));
        Assert.Equal([2.0 / 3, 1.0 / 3, 1.0 / 3, 1, 1], score.Levels.Select(level => level.Iou));
        Assert.Equal(0.76, score.Dice, 1e-12);
        Assert.Equal((3, 2, 2), (score.Levels[0].Predicted, score.Levels[0].Marked, score.Levels[0].Both));
        Assert.Equal(0, score.EmptyLevels);
    }

    [Fact]
    public void Three_votes_of_five_reach_six_tenths()
    {
        byte[][] masks = [[1], [1], [1], [0], [0]];

        var inside = SoftDice.Score([0.6f], masks, new() { Levels = [0.6m] });
        var outside = SoftDice.Score([0.6f], masks, new() { Levels = [0.6m], LevelIsInside = false });
        var weighted = SoftDice.Score([0.6f], masks, [0.2f, 0.2f, 0.2f, 0.2f, 0.2f], new() { Levels = [0.6m] });

        Assert.Equal((1, 1), (inside.Levels[0].Predicted, inside.Levels[0].Marked));
        Assert.Equal((0, 0), (outside.Levels[0].Predicted, outside.Levels[0].Marked));
        Assert.Equal((1, 1), (weighted.Levels[0].Predicted, weighted.Levels[0].Marked));
    }

    [Fact]
    public void Custom_levels_are_kept_ascending_and_checked()
    {
        Assert.Equal([0.2m, 0.5m], new SoftDiceOptions { Levels = [0.5m, 0.2m] }.Levels);
        Assert.Equal(9, SoftDice.Score([1], [[1]], new() { Levels = SoftDiceOptions.ChallengeLevels }).Levels.Count);
        Assert.Throws<ArgumentException>(() => new SoftDiceOptions { Levels = [] });
        Assert.Throws<ArgumentException>(() => new SoftDiceOptions { Levels = [0] });
        Assert.Throws<ArgumentException>(() => new SoftDiceOptions { Levels = [1.1m] });
        Assert.Throws<ArgumentException>(() => new SoftDiceOptions { Levels = [0.5m, 0.5m] });
    }

    [Fact]
    public void A_missing_rater_is_no_vote_and_an_empty_mask_is_one()
    {
        // one of one marks the voxel: it reaches 0.9; one of two only 0.5
        Assert.Equal(5, SoftDice.Score([1], [[1], null]).Levels.Count(level => level.Marked == 1));
        Assert.Equal(3, SoftDice.Score([1], [[1], [0]]).Levels.Count(level => level.Marked == 1));
    }

    [Fact]
    public void Weights_of_a_missing_rater_fall_away() =>
        Assert.Equal(5, SoftDice.Score([1], [[1], null], [0.3f, 0.7f]).Levels.Count(level => level.Marked == 1));

    [Fact]
    public void Values_outside_are_cut() => Assert.Equal([2, 2, 2, 2, 2], SoftDice.Score([7, float.PositiveInfinity, -1], [[1, 1, 0]]).Levels.Select(level => level.Predicted));

    [Fact]
    public void Against_a_map_as_against_the_raters_it_came_from()
    {
        byte[][] masks = [Some.Mask(500, 2), Some.Mask(500, 3), Some.Mask(500, 5), Some.Mask(500, 7), Some.Mask(500, 11)];
        float[] probability = [.. Enumerable.Range(0, 500).Select(i => i % 13 / 12f)];
        var share = RaterFusion.Mean(RaterVotes.Of(masks));

        foreach (var inside in new[] { true, false })
        {
            SoftDiceOptions options = new() { Levels = SoftDiceOptions.ChallengeLevels, LevelIsInside = inside };
            Assert.Equal(SoftDice.Score(probability, masks, options).Levels, SoftDice.Against(probability, share, options).Levels);
        }
    }

    [Theory]
    [InlineData(5), InlineData(6), InlineData(7), InlineData(10)]
    public void Votes_are_counted_in_integers(int raters)
    {
        for (var tenths = 1; tenths <= 9; tenths++)
            for (var votes = 0; votes <= raters; votes++)
            {
                Assert.Equal(10 * votes >= tenths * raters, votes >= SoftDice.VotesNeeded(tenths / 10m, raters, levelIsInside: true));
                Assert.Equal(10 * votes > tenths * raters, votes >= SoftDice.VotesNeeded(tenths / 10m, raters, levelIsInside: false));
            }
    }

    [Fact]
    public void A_probability_equal_to_a_level_is_inside() =>
        Assert.All(
            SoftDice.Score([0.1f, 0.3f, 0.5f, 0.7f, 0.9f], [[1, 1, 1, 1, 1]]).Levels.Zip([5L, 4, 3, 2, 1]),
            pair => Assert.Equal(pair.Second, pair.First.Predicted));

    [Theory]
    [InlineData(1), InlineData(0)]
    public void Two_empty_sides_score_as_the_rule_says(double rule)
    {
        var score = SoftDice.Score([0, 0], [[0, 0]], new() { BothEmpty = rule });

        Assert.Equal((rule, rule, 5), (score.Dice, score.Iou, score.EmptyLevels));
    }

    [Fact]
    public void Refuses_NaN_and_other_lengths()
    {
        Assert.Throws<ArgumentException>(() => SoftDice.Score([float.NaN], [[1]]));
        Assert.Throws<ArgumentException>(() => SoftDice.Score([1, 1], [[1]]));
        Assert.Throws<ArgumentException>(() => SoftDice.Score([1], []));
        Assert.Throws<ArgumentException>(() => SoftDice.Score([1], [[1]], [0.5f, 0.5f]));
    }
}
