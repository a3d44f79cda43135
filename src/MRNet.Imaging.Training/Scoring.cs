using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training;

/// <summary>How near probability maps come to what several raters drew; means over the slices.</summary>
/// <param name="SoftDice">Dice at the levels 0.1, 0.3, 0.5, 0.7, 0.9, both maps cut at each (Ji et al. section 4.1), 0..1.</param>
/// <param name="CalibrationError">Expected calibration error against the share of raters, 15 bins, 0..1.</param>
/// <param name="Slices">How many slices were scored.</param>
public sealed record Score(double SoftDice, double CalibrationError, int Slices);

/// <summary>Scores networks on pictures, every rater counting the same.</summary>
public static class Scoring
{
    /// <param name="predict">(B, C, H, W) and (B, R) to a probability (B, 1, H, W).</param>
    public static Score Of(RaterSlices data, Func<Tensor, Tensor, Tensor> predict, CancellationToken cancellation)
    {
        using var off = no_grad();
        var scores = new List<(double Dice, double Ece)>();
        foreach (var (slices, batch) in new Batches(data, new TrainingOptions()).InOrder())
        {
            using var scope = NewDisposeScope();
            using var _ = batch;
            cancellation.ThrowIfCancellationRequested();

            var expertness = full([slices.Length, data.Raters], 1f / data.Raters);
            var probability = predict(batch.Images, expertness).contiguous().data<float>().ToArray();
            scores.AddRange(slices.Select((slice, i) => Of(probability.AsSpan(i * slice.Image.Length, slice.Image.Length), slice.Masks)));
        }

        return Mean(scores);
    }

    /// <summary>The refined probability of a network.</summary>
    public static Score Refined(RaterSlices data, MultiRaterNetwork network, CancellationToken cancellation)
    {
        network.eval();
        return Of(data, (image, expertness) => network.call(image, expertness).Refined.sigmoid(), cancellation);
    }

    /// <summary>What one reader alone would score against the mean of all of them (himself among them), a mean over the readers.</summary>
    public static Score OneRater(RaterSlices data) => Mean(
    [
        .. from slice in data.Slices
           from mask in slice.Masks
           select Of([.. mask.Select(value => (float)value)], slice.Masks),
    ]) with
    { Slices = data.Slices.Count };

    private static (double Dice, double Ece) Of(ReadOnlySpan<float> probability, byte[][] masks)
    {
        var share = new float[probability.Length];
        for (var i = 0; i < share.Length; i++)
            share[i] = masks.Sum(mask => mask[i]) / (float)masks.Length;
        return (Evaluation.SoftDice.Score(probability, masks).Dice, Calibration.Ece(probability, share));
    }

    private static Score Mean(List<(double Dice, double Ece)> scores) =>
        new(scores.Average(score => score.Dice), scores.Average(score => score.Ece), scores.Count);
}
