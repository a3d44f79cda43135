namespace MRNet.Imaging.Evaluation;

/// <summary>How well calibrated a map is; 0 is best everywhere.</summary>
/// <param name="Ece">Expected calibration error, 0..1.</param>
/// <param name="Mce">Maximum calibration error, 0..1.</param>
/// <param name="Ace">Adaptive calibration error, 0..1.</param>
/// <param name="Brier">Brier score, 0..1.</param>
/// <param name="NegativeLogLikelihood">In nats for each voxel.</param>
/// <param name="Bins">The reliability diagram.</param>
public sealed record CalibrationScore(
    double Ece, double Mce, double Ace, double Brier, double NegativeLogLikelihood, IReadOnlyList<CalibrationBin> Bins)
{
    internal static double Expected(IReadOnlyList<CalibrationBin> bins)
    {
        var count = (double)bins.Sum(bin => bin.Count);
        return bins.Sum(bin => bin.Count / count * bin.Gap);
    }

    internal static double Largest(IReadOnlyList<CalibrationBin> bins) => bins.Max(bin => bin.Gap);
}

/// <summary>One bar of a reliability diagram.</summary>
/// <param name="Count">Voxels whose probability falls here.</param>
/// <param name="MeanProbability">What was said of them; 0 when there are none.</param>
/// <param name="MeanShare">The share of raters who mark them; 0 when there are none.</param>
public sealed record CalibrationBin(long Count, double MeanProbability, double MeanShare)
{
    public double Gap => Math.Abs(MeanProbability - MeanShare);

    /// <summary>One diagram of several with the same bins: that of all their voxels together.</summary>
    public static IReadOnlyList<CalibrationBin> Pooled(IReadOnlyCollection<IReadOnlyList<CalibrationBin>> diagrams) =>
        [.. Enumerable.Range(0, diagrams.First().Count).Select(bin => Pooled([.. diagrams.Select(diagram => diagram[bin])]))];

    private static CalibrationBin Pooled(CalibrationBin[] bins)
    {
        var count = bins.Sum(bin => bin.Count);
        return count == 0
            ? new(0, 0, 0)
            : new(count, bins.Sum(bin => bin.Count * bin.MeanProbability) / count, bins.Sum(bin => bin.Count * bin.MeanShare) / count);
    }
}
