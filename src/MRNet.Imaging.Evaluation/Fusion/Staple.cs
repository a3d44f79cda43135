namespace MRNet.Imaging.Evaluation;

/// <summary>How STAPLE is run.</summary>
public sealed record StapleOptions
{
    /// <summary>Share of voxels that are truly inside, before anyone looks; null: the mean of what the raters mark (Warfield et al.).</summary>
    public double? Prior { get; init; }

    /// <summary>Every rater's sensitivity and specificity at the start, below 1.</summary>
    public double StartingQuality { get; init; } = 0.99999;

    public int MostIterations { get; init; } = 1000;

    /// <summary>It has converged when no sensitivity or specificity moves by more.</summary>
    public double Tolerance { get; init; } = 1e-9;
}

/// <summary>
/// Simultaneous truth and performance level estimation (Warfield, Zou and Wells, IEEE TMI 23, 2004, section II), binary,
/// without the spatial prior. Expectation maximisation runs on the combinations of marks, so the whole image counts,
/// background and all, at no cost.
/// </summary>
public static class Staple
{
    /// <summary>A quality of exactly 0 or 1 could not be left again, and two such raters who differ would be 0 / 0.</summary>
    private const double Least = 1e-12;

    public static StapleResult Estimate(RaterVotes votes, StapleOptions? options = null)
    {
        options ??= new();
        var prior = options.Prior ?? votes.Combinations.Sum(c => (double)c.Count * c.Votes) / ((double)votes.Raters * votes.Voxels);
        var quality = new RaterQuality(Start(votes, options), Start(votes, options));
        var (iterations, moved) = (0, double.MaxValue);
        for (; iterations < options.MostIterations && moved > options.Tolerance; iterations++)
        {
            var next = quality.Refined(votes, prior);
            moved = quality.Distance(next);
            quality = next;
        }

        return new(votes, quality, prior, iterations, moved <= options.Tolerance);
    }

    /// <summary>
    /// Weights that can be used as V: the mean of each rater's F1 over the cases he graded, brought to sum 1; 0 for one who
    /// graded none. Not sensitivity and specificity themselves: in a mostly empty image every specificity is near 1, and the
    /// rater who draws too much would weigh most.
    /// </summary>
    /// <param name="cases">What was estimated of the raters of each case; at least one.</param>
    /// <param name="slots">How many raters there are.</param>
    public static float[] Expertness(IReadOnlyCollection<IReadOnlyList<RaterEstimate>> cases, int slots)
    {
        var graded = cases.SelectMany(raters => raters).ToLookup(rater => rater.Rater, rater => rater.F1);
        double[] means = [.. Enumerable.Range(0, slots).Select(slot => graded[slot].DefaultIfEmpty(0).Average())];
        var sum = means.Sum();
        return [.. means.Select((mean, slot) => (float)(sum > 0 ? mean / sum : graded.Contains(slot) ? 1.0 / graded.Count : 0))];
    }

    private static double[] Start(RaterVotes votes, StapleOptions options) => [.. Enumerable.Repeat(options.StartingQuality, votes.Raters)];

    /// <summary>Each present rater's sensitivity (p) and specificity (q).</summary>
    internal sealed record RaterQuality(double[] Sensitivity, double[] Specificity)
    {
        /// <summary>Probability that a voxel with these marks is inside (Warfield Eq. 12 to 15).</summary>
        public double Inside(int bits, double prior)
        {
            var (inside, outside) = (prior, 1 - prior);
            for (var rater = 0; rater < Sensitivity.Length; rater++)
            {
                var marks = (bits >> rater & 1) != 0;
                inside *= marks ? Sensitivity[rater] : 1 - Sensitivity[rater];
                outside *= marks ? 1 - Specificity[rater] : Specificity[rater];
            }

            return inside + outside == 0 ? prior : inside / (inside + outside);
        }

        /// <summary>One round of expectation and maximisation (Eq. 18 and 19).</summary>
        public RaterQuality Refined(RaterVotes votes, double prior)
        {
            var weighted = votes.Combinations.Select(c => (c, Inside: c.Count * Inside(c.Bits, prior))).ToArray();
            var inside = weighted.Sum(w => w.Inside);
            var outside = votes.Voxels - inside;
            return new(
                [.. Sensitivity.Select((old, rater) => Share(weighted.Where(w => w.c.Has(rater)).Sum(w => w.Inside), inside, old))],
                [.. Specificity.Select((old, rater) => Share(weighted.Where(w => !w.c.Has(rater)).Sum(w => w.c.Count - w.Inside), outside, old))]);
        }

        public double Distance(RaterQuality other) => Sensitivity.Zip(other.Sensitivity).Concat(Specificity.Zip(other.Specificity))
            .Max(pair => Math.Abs(pair.First - pair.Second));

        private static double Share(double part, double whole, double old) => whole <= 0 ? old : Math.Clamp(part / whole, Least, 1 - Least);
    }
}
