using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class TaskScoresTests
{
    [Fact]
    public void Is_the_mean_over_cases_whatever_their_size()
    {
        CaseToScore small = new("case01", [1], [[1]]), large = new("case02", [1, 1, 1, 1], [[0, 0, 0, 0]]);

        var task = TaskScores.Of("kidney", [small, large], new(), CancellationToken.None);

        Assert.Equal(["case01", "case02"], task.Cases.Select(one => one.Name));
        Assert.Equal((1, 0), (task.Cases[0].SoftDice.Dice, task.Cases[1].SoftDice.Dice));
        Assert.Equal(0.5, task.SoftDice.Mean);
        Assert.Equal(5, task.Bins.Sum(bin => bin.Count));
    }

    [Fact]
    public void Counts_everything_of_a_case()
    {
        CaseToScore one = new("case01", [0.9f, 0.6f, 0.2f, 0], [[1, 1, 0, 0], null, [1, 0, 0, 0]]) { Samples = [[1, 1, 0, 0]], VoxelMm3 = 1000 };

        var scores = CaseScores.Of(one, new());

        Assert.Equal((2, 4), (scores.Raters, scores.Voxels));
        Assert.Equal(SoftDice.Score(one.Probability, one.Masks).Dice, scores.SoftDice.Dice);
        Assert.Equal(1, scores.MajorityDice); // half of the raters are enough
        Assert.Equal([1, null, 2.0 / 3], scores.RaterDice);
        Assert.Equal((2, 1, 2), (scores.Volume.Predicted, scores.Volume.RatersLeast, scores.Volume.RatersMost));
        Assert.Equal(1, scores.Agreement.DisputedVoxels);
        Assert.Equal([0, 2], scores.Staple.Select(rater => rater.Rater));
        Assert.Equal((1 + 2.0 / 3) / 2, scores.Distribution!.DiceMax, 1e-12);
    }

    [Fact]
    public void Weights_steer_what_is_aimed_at()
    {
        CaseToScore one = new("case01", [1, 1, 0, 0], [[1, 1, 0, 0], [0, 0, 1, 1]]);

        Assert.Equal(1, CaseScores.Of(one, new() { Weights = [1, 0] }).SoftDice.Dice);
        Assert.Equal(0, CaseScores.Of(one, new() { Weights = [0, 1] }).SoftDice.Dice);
        Assert.Equal(0, CaseScores.Of(one, new() { Weights = [1, 0] }).Calibration.Ece);
    }

    [Fact]
    public void Asks_for_cases_one_by_one()
    {
        var open = 0;
        IEnumerable<CaseToScore> Cases()
        {
            for (var i = 0; i < 64; i++)
            {
                Interlocked.Increment(ref open);
                yield return new($"case{i}", [1], [[1]]);
            }
        }

        var task = TaskScores.Of("t", Cases(), new(), CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, 64).Select(i => $"case{i}"), task.Cases.Select(one => one.Name));
        Assert.Equal(64, open);
    }

    [Fact]
    public void Refuses_no_cases_and_stops_when_cancelled()
    {
        Assert.Throws<ArgumentException>(() => TaskScores.Of("t", [], new(), CancellationToken.None));
        Assert.ThrowsAny<OperationCanceledException>(() => TaskScores.Of("t", [new("a", [1], [[1]])], new(), new(canceled: true)));
    }
}
