using CsCheck;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class CalibrationTests
{
    [Fact]
    public void Brier_by_hand() => Assert.Equal((0.01 + 0.25 + 0) / 3, Calibration.Brier([0.9f, 0.5f, 0], [1, 0, 0]), 1e-6);

    [Fact]
    public void Ece_and_Mce_by_hand()
    {
        // two bins: {0.2, 0.4} with shares 0 and 1, {0.5, 1} with shares 0.5 and 0.8
        float[] probability = [0.2f, 0.4f, 0.5f, 1], share = [0, 1, 0.5f, 0.8f];

        Assert.Equal(0.5 * 0.2 + 0.5 * 0.1, Calibration.Ece(probability, share, bins: 2), 1e-6);
        Assert.Equal(0.2, Calibration.Mce(probability, share, bins: 2), 1e-6);
    }

    [Fact]
    public void Ace_by_hand()
    {
        // equal width would put all but one into the first bin; equal numbers: {0.1, 0.2} against 0.5, {0.3, 0.9} against 0.5
        Assert.Equal(0.5 * 0.35 + 0.5 * 0.1, Calibration.Ace([0.9f, 0.1f, 0.3f, 0.2f], [1, 0, 0, 1], bins: 2), 1e-6);
    }

    [Fact]
    public void Ace_parts_equal_probabilities_in_proportion()
    {
        // six voxels, two bins of three. Four voxels of 0.2 have shares 1, 0, 0, 0: the border takes three of them, with 0.75 of that 1.
        float[] probability = [0.2f, 0.2f, 0.2f, 0.2f, 0.8f, 0.8f], share = [1, 0, 0, 0, 1, 1];

        var first = Math.Abs(0.6 - 0.75);
        var second = Math.Abs(0.2 + 1.6 - (0.25 + 2));
        Assert.Equal((first + second) / 6, Calibration.Ace(probability, share, bins: 2), 1e-6);
        Assert.Equal((first + second) / 6, Calibration.Ace([.. probability.Reverse()], [.. share.Reverse()], bins: 2), 1e-6);
    }

    [Fact]
    public void Ace_of_one_bin_is_the_difference_of_the_means() => Gen.Float[0, 1].Array[1, 50].Sample(values =>
        Assert.Equal(Math.Abs(values.Average(v => (double)v) - 0.5), Calibration.Ace(values, [.. values.Select(_ => 0.5f)], bins: 1), 1e-6));

    [Fact]
    public void Likelihood_by_hand()
    {
        var nll = Calibration.NegativeLogLikelihood([0.9f, 0.25f, 0.5f], [1, 0, 0.25f]);

        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.75) + Math.Log(0.5)) / 3, nll, 1e-6);
    }

    [Fact]
    public void A_certain_error_costs_much_but_not_infinitely() =>
        Assert.Equal(-Math.Log(1e-7), Calibration.NegativeLogLikelihood([0, 1], [1, 0]), 0.2);

    [Fact]
    public void Bins_hold_every_voxel_and_cut_what_is_outside()
    {
        var bins = Calibration.Bins([0, 0.1f, 0.999f, 1, -3, 7], [0, 0, 1, 1, 0, 1], bins: 10);

        Assert.Equal([2, 1, 0, 0, 0, 0, 0, 0, 0, 3], bins.Select(bin => bin.Count));
        Assert.Equal(2.999 / 3, bins[9].MeanProbability, 1e-6);
    }

    [Fact]
    public void Pooled_bins_are_the_bins_of_all_voxels()
    {
        var pooled = CalibrationBin.Pooled([Calibration.Bins([0.1f, 0.9f], [0, 1], 2), Calibration.Bins([0.2f, 0.3f], [1, 0], 2)]);
        var whole = Calibration.Bins([0.1f, 0.9f, 0.2f, 0.3f], [0, 1, 1, 0], 2);

        Assert.Equal(whole.Select(bin => bin.Count), pooled.Select(bin => bin.Count));
        Assert.Equal(whole[0].MeanProbability, pooled[0].MeanProbability, 1e-12);
        Assert.Equal(whole[0].MeanShare, pooled[0].MeanShare, 1e-12);
    }

    [Fact]
    public void Refuses_nothing_and_NaN()
    {
        Assert.Throws<ArgumentException>(() => Calibration.Ece([], []));
        Assert.Throws<ArgumentException>(() => Calibration.Brier([float.NaN], [0]));
        Assert.Throws<ArgumentException>(() => Calibration.Of([0.5f], [float.NaN]));
    }
}
