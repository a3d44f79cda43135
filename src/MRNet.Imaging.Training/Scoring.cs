using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training;

/// <summary>How near a probability map comes to what several raters drew.</summary>
/// <param name="SoftDice">Mean Dice over the levels 0.1, 0.3, 0.5, 0.7, 0.9, both maps cut at each (Ji et al. section 4.1), 0..1.</param>
/// <param name="Slices">How many slices were scored.</param>
public sealed record Score(double SoftDice, int Slices);

/// <summary>Scores networks on pictures, every rater counting the same.</summary>
public static class Scoring
{
    private static readonly int[] Tenths = [1, 3, 5, 7, 9];

    /// <param name="predict">(B, C, H, W) and (B, R) to a probability (B, 1, H, W).</param>
    public static Score Of(RaterSlices data, Func<Tensor, Tensor, Tensor> predict, CancellationToken cancellation)
    {
        using var off = no_grad();
        var sum = 0.0;
        foreach (var (slices, batch) in new Batches(data, new TrainingOptions()).InOrder())
        {
            using var scope = NewDisposeScope();
            using var _ = batch;
            cancellation.ThrowIfCancellationRequested();

            var expertness = full([slices.Length, data.Raters], 1f / data.Raters);
            var probability = predict(batch.Images, expertness).contiguous().data<float>().ToArray();
            sum += slices.Select((slice, i) => SoftDice(probability.AsSpan(i * slice.Image.Length, slice.Image.Length), slice.Masks)).Sum();
        }

        return new(sum / data.Slices.Count, data.Slices.Count);
    }

    public static Score Refined(RaterSlices data, MultiRaterNetwork network, CancellationToken cancellation)
    {
        network.eval();
        return Of(data, (image, expertness) => network.call(image, expertness).Refined.sigmoid(), cancellation);
    }

    public static double SoftDice(ReadOnlySpan<float> probability, byte[][] masks)
    {
        var sum = 0.0;
        foreach (var tenth in Tenths)
        {
            long both = 0, found = 0, drawn = 0;
            for (var i = 0; i < probability.Length; i++)
            {
                var votes = 0;
                foreach (var mask in masks)
                    votes += mask[i];
                var b = 10 * votes >= tenth * masks.Length;
                var a = probability[i] >= tenth / 10f;
                both += a && b ? 1 : 0;
                found += a ? 1 : 0;
                drawn += b ? 1 : 0;
            }

            sum += found + drawn == 0 ? 1 : 2.0 * both / (found + drawn);
        }

        return sum / Tenths.Length;
    }
}
