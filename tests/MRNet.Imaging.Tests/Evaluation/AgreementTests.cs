using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class AgreementTests
{
    // ten voxels: a marks 4, b marks 3 of them and one more, c all but two
    private static readonly byte[] A = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] B = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0];
    private static readonly byte[] C = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];

    [Fact]
    public void Pairs_by_hand()
    {
        var agreement = RaterAgreement.Of(RaterVotes.Of([A, null, B, C]));

        Assert.Equal([(0, 2), (0, 3), (2, 3)], agreement.Pairs.Select(pair => (pair.First, pair.Second)));
        Assert.Equal([6.0 / 8, 8.0 / 12, 8.0 / 12], agreement.Pairs.Select(pair => pair.Dice));
        Assert.Equal([3.0 / 5, 4.0 / 8, 4.0 / 8], agreement.Pairs.Select(pair => pair.Iou));
        Assert.Equal((6.0 / 8 + 16.0 / 12) / 3, agreement.MeanDice!.Value, 1e-12);
        Assert.Equal(5, agreement.DisputedVoxels);
    }

    [Fact]
    public void Cohens_kappa_by_hand()
    {
        var pair = RaterAgreement.Of(RaterVotes.Of([A, B])).Pairs.Single();

        // they agree on 8 of 10; by chance 0.4 * 0.4 + 0.6 * 0.6 = 0.52
        Assert.Equal((0.8 - 0.52) / 0.48, pair.Kappa!.Value, 1e-12);
    }

    [Fact]
    public void Fleiss_kappa_by_hand()
    {
        var kappa = RaterAgreement.Of(RaterVotes.Of([A, B, C])).FleissKappa;

        // votes 3 3 3 2 2 1 1 1 0 0: five voxels agree wholly (1), five two against one (1/3); 16 of 30 votes mark
        var observed = (5 + 5 / 3.0) / 10;
        var chance = Math.Pow(16 / 30.0, 2) + Math.Pow(14 / 30.0, 2);
        Assert.Equal((observed - chance) / (1 - chance), kappa!.Value, 1e-12);
    }

    [Fact]
    public void Fleiss_kappa_of_the_published_example_of_two_categories()
    {
        // one subject a voxel, 4 raters; votes 4, 3, 2, 1, 0: sum of v(v-1)+(4-v)(3-v) over 4*3: 1, .5, 1/3, .5, 1
        byte[][] raters = [[1, 1, 1, 1, 0], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]];

        Assert.Equal((10.0 / 3 / 5 - 0.5) / 0.5, RaterAgreement.Of(RaterVotes.Of(raters)).FleissKappa!.Value, 1e-12);
    }

    [Fact]
    public void Kappa_is_not_defined_where_nobody_marks_anything()
    {
        var agreement = RaterAgreement.Of(RaterVotes.Of([new byte[4], new byte[4]]));

        Assert.Null(agreement.FleissKappa);
        Assert.Null(agreement.MeanKappa);
        Assert.Equal(1, agreement.MeanDice);
    }

    [Fact]
    public void One_rater_alone_has_no_agreement()
    {
        var agreement = RaterAgreement.Of(RaterVotes.Of([A]));

        Assert.Equal((null, null, null), (agreement.MeanDice, agreement.FleissKappa, agreement.MeanKappa));
    }

    [Fact]
    public void Sensitivity_and_specificity_against_the_majority_by_hand()
    {
        var against = RaterAgreement.Of(RaterVotes.Of([A, B, C])).Against;

        // majority: voxels 0..4
        Assert.Equal([4.0 / 5, 4.0 / 5, 1], against.Select(rater => rater.Sensitivity!.Value));
        Assert.Equal([1, 1, 2.0 / 5], against.Select(rater => rater.Specificity!.Value));
        Assert.Equal([8.0 / 9, 8.0 / 9, 10.0 / 13], against.Select(rater => rater.Dice));
    }

    [Fact]
    public void Sensitivity_is_not_defined_without_a_marked_voxel() =>
        Assert.Equal((null, 1.0), RaterAgreement.Of(RaterVotes.Of([new byte[2]])).Against.Select(rater => (rater.Sensitivity, rater.Specificity)).Single());
}
