namespace MRNet.Imaging.Evaluation;

/// <summary>Raters that count differently (V of Ji et al.).</summary>
public static class RaterWeights
{
    /// <summary>The weights of the raters who graded, brought to sum 1; those of the others fall away.</summary>
    /// <param name="weights">One for each slot, none below 0.</param>
    /// <returns>One for each present rater.</returns>
    /// <exception cref="ArgumentException">Another number, one below 0 or not finite, or nothing left for those who graded.</exception>
    public static IReadOnlyList<double> OfPresent(RaterVotes votes, IReadOnlyList<float> weights)
    {
        if (weights.Count != votes.Slots)
            throw new ArgumentException($"{weights.Count} weights; expected {votes.Slots}.", nameof(weights));
        if (weights.Any(weight => !float.IsFinite(weight) || weight < 0))
            throw new ArgumentException("A weight is below 0 or no number; expected 0 or more.", nameof(weights));

        var sum = votes.Present.Sum(rater => (double)weights[rater]);
        if (sum <= 0)
            throw new ArgumentException("The raters who graded weigh 0 together; expected one above 0.", nameof(weights));
        return [.. votes.Present.Select(rater => weights[rater] / sum)];
    }

    /// <summary>Weighted share of each combination of marks.</summary>
    internal static double[] Shares(RaterVotes votes, IReadOnlyList<float> weights)
    {
        var present = OfPresent(votes, weights);
        return votes.Table(bits => Enumerable.Range(0, present.Count).Where(rater => (bits >> rater & 1) != 0).Sum(rater => present[rater]));
    }
}
