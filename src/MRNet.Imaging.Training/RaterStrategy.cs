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
    /// <summary>The strategy of a step: each in turn.</summary>
    public static RaterStrategy OfStep(long step) => (RaterStrategy)(step % 3);

    /// <returns>One weight per rater, summing to 1.</returns>
    public static float[] Draw(this RaterStrategy strategy, int raters, Random random)
    {
        var weights = strategy switch
        {
            RaterStrategy.Uniform => Enumerable.Repeat(1f, raters),
            RaterStrategy.SingleRater => OneHot(raters, random.Next(raters)),
            _ => Enumerable.Range(0, raters).Select(_ => 1f - random.NextSingle()),
        };

        float[] drawn = [.. weights];
        var sum = drawn.Sum();
        return [.. drawn.Select(weight => weight / sum)];
    }

    private static IEnumerable<float> OneHot(int raters, int rater) =>
        Enumerable.Range(0, raters).Select(r => r == rater ? 1f : 0f);
}
