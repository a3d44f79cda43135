namespace MRNet.Imaging.Evaluation;

/// <summary>
/// Whether probabilities mean what they say: of voxels called 0.7, raters mark 70 %. Everywhere a share is the share of
/// raters that mark the voxel, 0..1 (0 or 1 for one rater), and a probability outside 0..1 is cut.
/// </summary>
public static class Calibration
{
    /// <summary>Bins of a reliability diagram where nothing else is asked (Guo et al. 2017).</summary>
    public const int DefaultBins = 15;

    /// <summary>A probability of exactly 0 or 1 that is wrong would cost infinitely much: it is taken as this far inside.</summary>
    public const float LeastProbability = 1e-7f;

    /// <summary>All measures of one map.</summary>
    /// <exception cref="ArgumentException">NaN, nothing, or lengths that differ.</exception>
    public static CalibrationScore Of(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins = DefaultBins)
    {
        var diagram = Bins(probability, share, bins);
        return new(
            CalibrationScore.Expected(diagram), CalibrationScore.Largest(diagram), Ace(probability, share, bins),
            Brier(probability, share), NegativeLogLikelihood(probability, share), diagram);
    }

    /// <summary>Mean of (probability - share)², 0 is best (Brier, 1950).</summary>
    public static double Brier(ReadOnlySpan<float> probability, ReadOnlySpan<float> share)
    {
        Check(probability, share);
        var sum = 0.0;
        for (var i = 0; i < probability.Length; i++)
        {
            var off = Math.Clamp((double)probability[i], 0, 1) - share[i];
            sum += off * off;
        }

        return sum / probability.Length;
    }

    /// <summary>Mean over voxels of -(g log p + (1 - g) log(1 - p)) in nats, g the share; what is lost even by p = g counts too.</summary>
    public static double NegativeLogLikelihood(ReadOnlySpan<float> probability, ReadOnlySpan<float> share)
    {
        Check(probability, share);
        var sum = 0.0;
        for (var i = 0; i < probability.Length; i++)
        {
            var p = Math.Clamp(probability[i], LeastProbability, 1 - LeastProbability);
            sum -= share[i] == 0 ? Log(1 - p) : share[i] == 1 ? Log(p) : share[i] * Log(p) + (1 - share[i]) * Log(1 - p);
        }

        return sum / probability.Length;
    }

    /// <summary>Expected calibration error: mean over voxels of their bin's |mean probability - mean share|, bins of equal width.</summary>
    public static double Ece(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins = DefaultBins) =>
        CalibrationScore.Expected(Bins(probability, share, bins));

    /// <summary>Maximum calibration error: the largest |mean probability - mean share| of a bin that has voxels, bins of equal width.</summary>
    public static double Mce(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins = DefaultBins) =>
        CalibrationScore.Largest(Bins(probability, share, bins));

    /// <summary>Adaptive calibration error (Nixon et al. 2019): as <see cref="Ece"/>, with bins that hold as many voxels each.</summary>
    public static double Ace(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins = DefaultBins)
    {
        Check(probability, share);
        return AdaptiveBins.Error(probability, share, bins);
    }

    /// <summary>The reliability diagram: bins of equal width over 0..1, a probability of 1 in the last.</summary>
    public static IReadOnlyList<CalibrationBin> Bins(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins = DefaultBins)
    {
        Check(probability, share);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);

        var (counts, said, marked) = (new long[bins], new double[bins], new double[bins]);
        for (var i = 0; i < probability.Length; i++)
        {
            var p = Math.Clamp((double)probability[i], 0, 1);
            var bin = Math.Min((int)(p * bins), bins - 1);
            counts[bin]++;
            said[bin] += p;
            marked[bin] += share[i];
        }

        return [.. counts.Select((n, bin) => n == 0 ? new CalibrationBin(0, 0, 0) : new(n, said[bin] / n, marked[bin] / n))];
    }

    private static double Log(float value) => MathF.Log(value);

    private static void Check(ReadOnlySpan<float> probability, ReadOnlySpan<float> share)
    {
        if (probability.Length == 0 || probability.Length != share.Length)
            throw new ArgumentException($"{probability.Length} probabilities and {share.Length} shares; expected as many, at least one.", nameof(share));
        Probabilities.RefuseNaN(probability);
        Probabilities.RefuseNaN(share);
    }
}
