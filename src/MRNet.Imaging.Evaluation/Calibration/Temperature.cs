namespace MRNet.Imaging.Evaluation;

/// <summary>Logits and what raters said of the same voxels.</summary>
/// <param name="Logits">log(p / (1 - p)) for each voxel.</param>
/// <param name="Share">Share of raters that mark it, 0..1.</param>
public sealed record LogitsAndShare(float[] Logits, float[] Share);

/// <summary>
/// Temperature scaling (Guo et al. 2017): one number T by which all logits are divided, so that a network that is too sure
/// of itself says less. The mask at 0.5 stays what it is.
/// </summary>
public static class Temperature
{
    /// <summary>T stays within 1 / this and this: where no voxel is disputed the best T would be 0.</summary>
    public const double Most = 100;

    /// <summary>The T with the least negative log likelihood over all voxels given, by Newton's method on 1 / T, in which it is convex.</summary>
    /// <exception cref="ArgumentException">Nothing, lengths that differ, or a value that is no number.</exception>
    public static double Fit(IReadOnlyCollection<LogitsAndShare> cases)
    {
        if (cases.Count == 0 || cases.Any(c => c.Logits.Length == 0 || c.Logits.Length != c.Share.Length))
            throw new ArgumentException("No logits, or not as many shares as logits; expected one share for each.", nameof(cases));
        if (cases.Any(c => c.Logits.Any(logit => !float.IsFinite(logit)) || Probabilities.AnyNaN(c.Share)))
            throw new ArgumentException("A logit or share is no number; expected finite ones.", nameof(cases));

        // The slope rises with 1 / T: its zero stays between the two bounds, and a step that leaves them halves instead.
        var (low, high, inverse) = (1 / Most, Most, 1.0);
        for (var round = 0; round < 200 && high - low > 1e-9 * high; round++)
        {
            var (slope, curvature) = Slope(cases, inverse);
            (low, high) = slope > 0 ? (low, inverse) : (inverse, high);
            var next = inverse - slope / curvature;
            next = next > low && next < high ? next : (low + high) / 2;
            if (Math.Abs(next - inverse) < 1e-9 * inverse)
                break;
            inverse = next;
        }

        return 1 / inverse;
    }

    /// <returns>sigmoid(logit / T) for each voxel.</returns>
    public static float[] Apply(ReadOnlySpan<float> logits, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        var (probability, inverse) = (new float[logits.Length], (float)(1 / temperature));
        for (var i = 0; i < probability.Length; i++)
            probability[i] = Sigmoid(logits[i] * inverse);
        return probability;
    }

    /// <summary>log(p / (1 - p)), the probability kept <see cref="Calibration.LeastProbability"/> away from 0 and 1.</summary>
    public static float[] Logits(ReadOnlySpan<float> probability)
    {
        var logits = new float[probability.Length];
        for (var i = 0; i < logits.Length; i++)
        {
            var p = Math.Clamp(probability[i], Calibration.LeastProbability, 1 - Calibration.LeastProbability);
            logits[i] = MathF.Log(p / (1 - p));
        }

        return logits;
    }

    /// <summary>First and second derivative of the negative log likelihood, by 1 / T.</summary>
    private static (double Slope, double Curvature) Slope(IReadOnlyCollection<LogitsAndShare> cases, double inverse)
    {
        var (slope, curvature) = (0.0, 0.0);
        foreach (var (logits, share) in cases)
            for (var i = 0; i < logits.Length; i++)
            {
                var z = (double)logits[i];
                var p = Sigmoid((float)(z * inverse));
                slope += z * (p - share[i]);
                curvature += z * z * p * (1 - p);
            }

        return (slope, curvature);
    }

    private static float Sigmoid(float logit) => 1 / (1 + MathF.Exp(-logit));
}
