namespace MRNet.Imaging.Training;

/// <summary>How the raters are weighted in a training step (Ji et al. section 3.5); the steps take turns.</summary>
public enum RaterStrategy
{
    /// <summary>Every rater counts the same.</summary>
    Uniform,

    /// <summary>One rater, drawn at random, counts alone.</summary>
    SingleRater,

    /// <summary>Weights drawn from (0, 1] and made to sum to 1.</summary>
    RandomWeights,
}

public static class RaterStrategies
{
    /// <returns>One weight per rater, summing to 1.</returns>
    public static float[] Draw(this RaterStrategy strategy, int raters, Random random) => strategy.Draw([.. Enumerable.Repeat(true, raters)], random);

    /// <param name="present">Which raters graded the picture; the others weigh 0.</param>
    /// <returns>One weight per rater, summing to 1; equal ones where nobody graded.</returns>
    public static float[] Draw(this RaterStrategy strategy, IReadOnlyList<bool> present, Random random)
    {
        int[] there = [.. Enumerable.Range(0, present.Count).Where(r => present[r])];
        if (there.Length == 0)
            return [.. present.Select(_ => 1f / present.Count)];

        var weights = strategy switch
        {
            RaterStrategy.Uniform => present.Select(_ => 1f),
            RaterStrategy.SingleRater => OneHot(present.Count, there[random.Next(there.Length)]),
            _ => present.Select(_ => 1f - random.NextSingle()),
        };

        float[] drawn = [.. weights.Zip(present, (weight, counts) => counts ? weight : 0)];
        var sum = drawn.Sum();
        return [.. drawn.Select(weight => weight / sum)];
    }

    private static IEnumerable<float> OneHot(int raters, int rater) =>
        Enumerable.Range(0, raters).Select(r => r == rater ? 1f : 0f);
}
