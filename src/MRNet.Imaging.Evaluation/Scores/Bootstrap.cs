namespace MRNet.Imaging.Evaluation;

/// <summary>A mean with the interval it lies in.</summary>
/// <param name="Cases">How many cases it is the mean of.</param>
public sealed record Interval(double Mean, double Low, double High, int Cases);

/// <summary>Confidence intervals by drawing cases again with replacement (Efron 1979, percentile interval).</summary>
/// <param name="draws">How many times.</param>
/// <param name="confidence">Share of draws inside the interval.</param>
/// <param name="seed">The same seed gives the same interval.</param>
public sealed class Bootstrap(int seed, int draws = 10_000, double confidence = 0.95)
{
    /// <param name="cases">One value for each case; with fewer than two the interval is the value itself.</param>
    /// <exception cref="ArgumentException">No case, or NaN.</exception>
    public Interval Mean(IReadOnlyList<double> cases)
    {
        if (cases.Count == 0 || cases.Any(double.IsNaN))
            throw new ArgumentException("No case, or a value that is NaN; expected one number for each case.", nameof(cases));

        var means = Draw([.. cases]);
        return new(cases.Average(), At(means, (1 - confidence) / 2), At(means, (1 + confidence) / 2), cases.Count);
    }

    /// <summary>Mean of first - second over the same cases: an interval without 0 says the two differ.</summary>
    /// <exception cref="ArgumentException">Another number of cases.</exception>
    public Interval Difference(IReadOnlyList<double> first, IReadOnlyList<double> second) => first.Count == second.Count
        ? Mean([.. first.Zip(second, (a, b) => a - b)])
        : throw new ArgumentException($"{first.Count} cases and {second.Count}; expected the same cases.", nameof(second));

    private double[] Draw(double[] cases)
    {
        var random = new Random(seed);
        var means = new double[draws];
        for (var draw = 0; draw < draws; draw++)
        {
            for (var i = 0; i < cases.Length; i++)
                means[draw] += cases[random.Next(cases.Length)];
            means[draw] /= cases.Length;
        }

        Array.Sort(means);
        return means;
    }

    /// <summary>The quantile, linear between two draws.</summary>
    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var (below, part) = ((int)place, place - (int)place);
        return sorted[below] + part * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }
}
