using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>Who counts, in the V a method is asked with and in the map its answer is held against.</summary>
public enum Asked
{
    /// <summary>Everybody who graded the same; the target is the share of raters.</summary>
    Average,

    /// <summary>One rater alone; the target is what that rater drew.</summary>
    Rater,

    /// <summary>Weights in (0, 1], made to sum to 1 and drawn for each image, the same for every method; the target is the share with these weights.</summary>
    Random,

    /// <summary>V is what STAPLE thinks of the raters on the training patients; the target is STAPLE's own map of the image.</summary>
    Staple,
}

/// <param name="Rater">From 0, for <see cref="Asked.Rater"/>.</param>
public readonly record struct Question(Asked Asked, int Rater = 0)
{
    public static Question Average { get; } = new(Asked.Average);

    /// <returns>V of an image; null where the rater who is asked for did not grade it.</returns>
    /// <param name="graded">[R]</param>
    /// <param name="staple">[R], see <see cref="Asked.Staple"/>.</param>
    internal float[]? Weights(bool[] graded, float[] staple, Random random) => Asked switch
    {
        Asked.Average => RaterStrategy.Uniform.Draw(graded, random),
        Asked.Random => RaterStrategy.RandomWeights.Draw(graded, random),
        Asked.Staple => Present(staple, graded),
        _ => graded[Rater] ? Predictions.Only(Rater, graded.Length) : null,
    };

    /// <returns>0..1 for each pixel; null where nobody who counts graded the structure.</returns>
    /// <param name="masks">[R] of one structure, null where a rater did not grade it.</param>
    /// <param name="weights">[R], V.</param>
    internal float[]? Target(byte[]?[] masks, float[] weights)
    {
        if (!masks.Where((mask, r) => mask is not null && weights[r] > 0).Any())
            return null;

        var votes = RaterVotes.Of(masks);
        return Asked switch
        {
            Asked.Average => RaterFusion.Mean(votes),
            Asked.Staple => Staple.Estimate(votes).Probability(),
            _ => RaterFusion.Weighted(votes, weights),
        };
    }

    private static float[] Present(float[] weights, bool[] graded)
    {
        float[] kept = [.. weights.Zip(graded, (weight, counts) => counts ? weight : 0)];
        var sum = kept.Sum();
        return sum > 0 ? [.. kept.Select(weight => weight / sum)] : Predictions.Equal(graded);
    }
}
