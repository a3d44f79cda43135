namespace MRNet.Imaging.Evaluation;

/// <summary>One bar of a reliability diagram.</summary>
/// <param name="Count">Voxels whose probability falls here.</param>
/// <param name="MeanProbability">What was said of them; 0 when there are none.</param>
/// <param name="MeanShare">The share of raters who mark them; 0 when there are none.</param>
public sealed record CalibrationBin(long Count, double MeanProbability, double MeanShare);

/// <summary>Whether probabilities mean what they say: of voxels called 0.7, raters mark 70 %.</summary>
public static class Calibration
{
    /// <summary>Mean of (probability - share)², 0 is best (Brier, 1950).</summary>
    /// <param name="share">Share of raters that mark the voxel, 0..1; 0 or 1 for one rater.</param>
    /// <exception cref="ArgumentException">NaN, nothing, or lengths that differ.</exception>
    public static double Brier(ReadOnlySpan<float> probability, ReadOnlySpan<float> share)
    {
        Check(probability, share);
        var sum = 0.0;
        for (var i = 0; i < probability.Length; i++)
            sum += ((double)probability[i] - share[i]) * ((double)probability[i] - share[i]);
        return sum / probability.Length;
    }

    /// <summary>Expected calibration error: mean over voxels of their bin's |mean probability - mean share|, bins of equal width.</summary>
    public static double Ece(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins = 15)
    {
        var count = (double)probability.Length;
        return Bins(probability, share, bins).Sum(bin => bin.Count / count * Math.Abs(bin.MeanProbability - bin.MeanShare));
    }

    /// <summary>The reliability diagram: bins of equal width over 0..1, a probability of 1 in the last.</summary>
    public static IReadOnlyList<CalibrationBin> Bins(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins = 15)
    {
        Check(probability, share);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);

        var (counts, said, marked) = (new long[bins], new double[bins], new double[bins]);
        for (var i = 0; i < probability.Length; i++)
        {
            var bin = Math.Clamp((int)((double)probability[i] * bins), 0, bins - 1);
            counts[bin]++;
            said[bin] += probability[i];
            marked[bin] += share[i];
        }

        return [.. counts.Select((n, bin) => n == 0 ? new CalibrationBin(0, 0, 0) : new(n, said[bin] / n, marked[bin] / n))];
    }

    private static void Check(ReadOnlySpan<float> probability, ReadOnlySpan<float> share)
    {
        if (probability.Length == 0 || probability.Length != share.Length)
            throw new ArgumentException($"{probability.Length} probabilities and {share.Length} shares; expected as many, at least one.", nameof(share));
        Overlap.RefuseNaN(probability);
        Overlap.RefuseNaN(share);
    }
}
