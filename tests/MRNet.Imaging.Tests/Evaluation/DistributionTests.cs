using CsCheck;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class DistributionTests
{
    [Fact]
    public void Energy_distance_by_hand()
    {
        // samples {0}, {0,1}; raters {0}, {1}: IoU 1, 0, 1/2, 1/2 across; 1/2 among the samples; 0 among the raters
        var distance = SampleDistance.Of([[1, 0], [1, 1]], [[1, 0], [0, 1]]);

        var apart = (0 + 1 + 0.5 + 0.5) / 4;
        Assert.Equal(2 * apart - (2 * 0.5 / 4) - (2 * 1.0 / 4), distance.EnergyDistance, 1e-12);
        Assert.Equal(2 * apart - 0.5 - 1, distance.EnergyDistanceDistinct, 1e-12);
    }

    [Fact]
    public void Dice_of_sets_by_hand()
    {
        // Dice across: 1, 0, 2/3, 2/3. Best for each rater: 1 and 2/3; matched: 1 + 2/3.
        var distance = SampleDistance.Of([[1, 0], [1, 1]], [[1, 0], [0, 1]]);

        Assert.Equal((1 + 2.0 / 3) / 2, distance.DiceMax, 1e-12);
        Assert.Equal((1 + 2.0 / 3) / 2, distance.DiceMatch, 1e-12);
    }

    [Fact]
    public void One_sample_may_be_the_best_for_all_but_matches_only_one()
    {
        var distance = SampleDistance.Of([[1, 0], [0, 0]], [[1, 0], [1, 0]]);

        Assert.Equal((1, 0.5), (distance.DiceMax, distance.DiceMatch));
    }

    [Fact]
    public void A_set_is_at_no_distance_from_itself()
    {
        byte[][] masks = [[1, 0, 1], [1, 1, 0], [0, 0, 0]];

        var distance = SampleDistance.Of(masks, masks);

        Assert.Equal((0, 1, 1), (distance.EnergyDistance, distance.DiceMax, distance.DiceMatch));
    }

    [Fact]
    public void One_mask_on_each_side_has_no_pairs() =>
        Assert.Equal((2, 2), (SampleDistance.Of([[1, 0]], [[0, 1]]).EnergyDistance, SampleDistance.Of([[1, 0]], [[0, 1]]).EnergyDistanceDistinct));

    [Fact]
    public void Refuses_an_empty_side() => Assert.Throws<ArgumentException>(() => SampleDistance.Of([], [[1]]));

    [Fact]
    public void Matches_as_trying_every_order_does() => Gen.Double[0, 1].Array[12].Sample(values =>
    {
        var gain = new double[3, 4];
        for (var i = 0; i < 12; i++)
            gain[i / 4, i % 4] = values[i];

        var best = (from a in Enumerable.Range(0, 4)
                    from b in Enumerable.Range(0, 4)
                    from c in Enumerable.Range(0, 4)
                    where a != b && b != c && a != c
                    select gain[0, a] + gain[1, b] + gain[2, c]).Max();

        Assert.Equal(best, Assignment.Best(gain), 1e-9);
    });
}
