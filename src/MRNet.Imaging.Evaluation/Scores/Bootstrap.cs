namespace MRNet.Imaging.Evaluation;

/// <summary>A mean with the interval it lies in.</summary>
/// <param name="Cases">How many cases it is the mean of.</param>
public sealed record Interval(double Mean, double Low, double High, int Cases);

/// <summary>Confidence intervals by drawing cases, or the patients they are of, again with replacement (Efron 1979, percentile interval).</summary>
/// <param name="draws">How many times.</param>
/// <param name="confidence">Share of draws inside the interval.</param>
/// <param name="seed">The same seed gives the same interval.</param>
public sealed class Bootstrap(int seed, int draws = 10_000, double confidence = 0.95)
{
    /// <param name="cases">One value for each case; with fewer than two the interval is the value itself.</param>
    /// <param name="patients">
    /// Who each case is of; null where each is of another. Cases of one patient are alike: whole patients are drawn, and all of
    /// their cases with them (cluster bootstrap). Drawing cases would give an interval that is too narrow.
    /// </param>
    /// <exception cref="ArgumentException">No case, NaN, or another number of patients.</exception>
    public Interval Mean(IReadOnlyList<double> cases, IReadOnlyList<string>? patients = null)
    {
        if (cases.Count == 0 || cases.Any(double.IsNaN))
            throw new ArgumentException("No case, or a value that is NaN; expected one number for each case.", nameof(cases));
        if (patients is not null && patients.Count != cases.Count)
            throw new ArgumentException($"{patients.Count} patients of {cases.Count} cases; expected one for each.", nameof(patients));

        var means = Draw(Drawn.From(cases, patients));
        return new(cases.Average(), At(means, (1 - confidence) / 2), At(means, (1 + confidence) / 2), cases.Count);
    }

    /// <summary>Mean of first - second over the same cases: an interval without 0 says the two differ.</summary>
    /// <param name="patients">As for a mean.</param>
    /// <exception cref="ArgumentException">Another number of cases.</exception>
    public Interval Difference(IReadOnlyList<double> first, IReadOnlyList<double> second, IReadOnlyList<string>? patients = null) => first.Count == second.Count
        ? Mean([.. first.Zip(second, (a, b) => a - b)], patients)
        : throw new ArgumentException($"{first.Count} cases and {second.Count}; expected the same cases.", nameof(second));

    private double[] Draw(Drawn[] all)
    {
        var random = new Random(seed);
        var means = new double[draws];
        for (var draw = 0; draw < draws; draw++)
        {
            var (sum, count) = (0.0, 0);
            for (var i = 0; i < all.Length; i++)
            {
                var one = all[random.Next(all.Length)];
                (sum, count) = (sum + one.Sum, count + one.Cases);
            }

            means[draw] = sum / count;
        }

        Array.Sort(means);
        return means;
    }

    /// <summary>What is drawn as one: a case, or all cases of a patient.</summary>
    private readonly record struct Drawn(double Sum, int Cases)
    {
        public static Drawn[] From(IReadOnlyList<double> cases, IReadOnlyList<string>? patients) => patients is null
            ? [.. cases.Select(value => new Drawn(value, 1))]
            : [.. cases.Zip(patients).GroupBy(pair => pair.Second, pair => pair.First).Select(ofPatient => new Drawn(ofPatient.Sum(), ofPatient.Count()))];
    }

    /// <summary>The quantile, linear between two draws.</summary>
    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var (below, part) = ((int)place, place - (int)place);
        return sorted[below] + part * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
    }
}
