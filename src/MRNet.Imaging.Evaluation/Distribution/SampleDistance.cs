namespace MRNet.Imaging.Evaluation;

/// <summary>
/// How like the raters' masks a model's masks are as a set: not one answer, but the same variety. Samples are a model's
/// raters, or any masks drawn from it.
/// </summary>
/// <param name="EnergyDistance">
/// Generalised energy distance squared (Kohl et al. 2018), 2 E d(S, Y) - E d(S, S') - E d(Y, Y') with d = 1 - IoU, all pairs counted,
/// a mask with itself among them: the V-statistic, never below 0.
/// </param>
/// <param name="EnergyDistanceDistinct">The same with a mask never paired with itself: the U-statistic, without bias, can be below 0. A side of one mask has no pair: 0.</param>
/// <param name="DiceMax">Mean over raters of the best Dice any sample has with him.</param>
/// <param name="DiceMatch">Mean Dice when each sample stands for one rater at most and each rater for one sample, matched for the largest sum.</param>
public sealed record SampleDistance(double EnergyDistance, double EnergyDistanceDistinct, double DiceMax, double DiceMatch)
{
    /// <param name="samples">The model's masks, 0 outside and anything else inside; at least one.</param>
    /// <param name="raters">The masks of the raters who graded; at least one.</param>
    /// <exception cref="ArgumentException">A side without masks, or lengths that differ.</exception>
    public static SampleDistance Of(IReadOnlyList<byte[]> samples, IReadOnlyList<byte[]> raters, double bothEmpty = 1)
    {
        if (samples.Count == 0 || raters.Count == 0)
            throw new ArgumentException($"{samples.Count} samples and {raters.Count} raters; expected at least one of each.", nameof(samples));

        var across = Tallies(samples, raters);
        var (apart, inSamples, inRaters) = (Mean(across, bothEmpty), Inside(samples, bothEmpty), Inside(raters, bothEmpty));
        var dice = Map(across, tally => tally.Dice(bothEmpty));
        return new(
            2 * apart - inSamples.All - inRaters.All,
            2 * apart - inSamples.Distinct - inRaters.Distinct,
            Enumerable.Range(0, raters.Count).Average(rater => Enumerable.Range(0, samples.Count).Max(sample => dice[sample, rater])),
            Assignment.Best(dice) / Math.Min(samples.Count, raters.Count));
    }

    private static Tally[,] Tallies(IReadOnlyList<byte[]> a, IReadOnlyList<byte[]> b)
    {
        var tallies = new Tally[a.Count, b.Count];
        for (var i = 0; i < a.Count; i++)
            for (var j = 0; j < b.Count; j++)
                tallies[i, j] = Overlap.Count(a[i], b[j]);
        return tallies;
    }

    private static double Mean(Tally[,] tallies, double bothEmpty) => tallies.Cast<Tally>().Average(tally => 1 - tally.Iou(bothEmpty));

    /// <summary>Mean distance within a set; a mask is at no distance from itself.</summary>
    private static (double All, double Distinct) Inside(IReadOnlyList<byte[]> masks, double bothEmpty)
    {
        var sum = 0.0;
        for (var i = 0; i < masks.Count; i++)
            for (var j = 0; j < i; j++)
                sum += 2 * (1 - Overlap.Iou(masks[i], masks[j], bothEmpty));

        double n = masks.Count;
        return (sum / (n * n), n == 1 ? 0 : sum / (n * (n - 1)));
    }

    private static double[,] Map(Tally[,] tallies, Func<Tally, double> of)
    {
        var values = new double[tallies.GetLength(0), tallies.GetLength(1)];
        for (var i = 0; i < tallies.GetLength(0); i++)
            for (var j = 0; j < tallies.GetLength(1); j++)
                values[i, j] = of(tallies[i, j]);
        return values;
    }
}
