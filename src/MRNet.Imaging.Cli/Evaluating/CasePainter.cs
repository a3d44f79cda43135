using MRNet.Imaging.DataSets;
using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Evaluation.Reports;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>Shows cases of a task: each is read and predicted again, so that not all need be kept.</summary>
internal sealed class CasePainter(MultiRaterDataSet data, CaseEvaluator evaluator)
{
    /// <summary>Cases shown at either end.</summary>
    private const int Shown = 3;

    private readonly Dictionary<string, MultiRaterCase> cases = data.Cases.ToDictionary(one => one.Name);

    public TaskReport With(TaskReport task, int structure, CancellationToken cancellation)
    {
        CaseScores[] ordered = [.. task.Scores.Cases.OrderBy(one => one.SoftDice.Dice)];
        var count = Math.Min(Shown, (ordered.Length + 1) / 2);
        return task with
        {
            Worst = [.. ordered.Take(count).Select(one => Paint(one, structure, cancellation))],
            Best = [.. ordered.Reverse().Take(Math.Min(count, ordered.Length - count)).Select(one => Paint(one, structure, cancellation))],
        };
    }

    private CasePicture Paint(CaseScores scores, int structure, CancellationToken cancellation)
    {
        var loaded = evaluator.Load(cases[scores.Name], cancellation);
        var share = RaterFusion.Mean(RaterVotes.Of(loaded.MasksOf(structure)));
        var (grid, probability) = (loaded.Masks.Grid, loaded.Prediction.Probability[structure]!);
        var slice = Slice(grid, share) ?? Slice(grid, probability) ?? grid.Slices / 2;
        float[] Of(float[] map) => map.AsSpan(slice * grid.PixelsPerSlice, grid.PixelsPerSlice).ToArray();

        var png = ScorePicture.Png(new(loaded.Image(), slice, Of(share), Of(probability))
        {
            Uncertainty = loaded.Prediction.Uncertainty is { Count: > 0 } all && all[structure] is { } map ? Of(map) : null,
            Threshold = evaluator.Scoring.Threshold,
        });
        return new(scores.Name, Caption(scores, grid, slice), png);
    }

    private static string Caption(CaseScores scores, Grid grid, int slice) => FormattableString.Invariant(
        $"soft Dice {scores.SoftDice.Dice:0.000}, ECE {scores.Calibration.Ece:0.0000}{(scores.Agreement.MeanDice is { } dice ? FormattableString.Invariant($", two raters {dice:0.000}") : "")}{(grid.Slices > 1 ? $", slice {slice} of 0..{grid.Slices - 1}" : "")}");

    /// <summary>The slice with the largest sum; null where all are 0.</summary>
    private static int? Slice(Grid grid, float[] map)
    {
        double[] sums = [.. Enumerable.Range(0, grid.Slices).Select(z => map.AsSpan(z * grid.PixelsPerSlice, grid.PixelsPerSlice).ToArray().Sum(value => (double)value))];
        return sums.Max() > 0 ? Array.IndexOf(sums, sums.Max()) : null;
    }
}
