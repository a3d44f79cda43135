using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class ScoringTests
{
    [Fact]
    public void Is_the_mean_over_slices_of_the_evaluation_s_soft_dice()
    {
        var data = Some.Discs(9); // a batch of 8 and one of 1

        var score = Scoring.Of(data, (image, _) => (image * 0.25 + 0.25).clamp(0, 1), CancellationToken.None);

        var wanted = data.Slices.Average(slice => SoftDice.Score([.. slice.Grey().Select(value => value / 255f)], [slice.Mask(0), slice.Mask(1), slice.Mask(2)]).Dice);
        Assert.Equal(9, score.Images.Count);
        Assert.Equal(wanted, score.SoftDice, 1e-3); // a grey value may round across a level
    }

    [Fact]
    public void The_raters_own_mean_scores_1()
    {
        var data = Some.Discs(4);
        var shares = data.Slices.SelectMany(slice => Enumerable.Range(0, 32 * 32).Select(i => (slice.Mask(0)[i] + slice.Mask(1)[i] + slice.Mask(2)[i]) / 3f)).ToArray();

        var score = Scoring.Of(data, (_, _) => tensor(shares, [4, 1, 32, 32]), CancellationToken.None);

        Assert.Equal(1, score.SoftDice);
    }

    [Fact]
    public void Every_rater_counts_the_same() =>
        Scoring.Of(Some.Discs(2), (image, expertness) =>
        {
            Assert.Equal(Enumerable.Repeat(1f / 3, 6), expertness.data<float>().ToArray());
            return zeros_like(image);
        }, CancellationToken.None);

    [Fact]
    public void Stops_when_cancelled() => Assert.Throws<OperationCanceledException>(() =>
        Scoring.Of(Some.Discs(2), (image, _) => image, new CancellationToken(canceled: true)));
}
