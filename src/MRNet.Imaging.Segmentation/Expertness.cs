namespace MRNet.Imaging.Segmentation;

/// <summary>The weight of each rater, checked and made to sum to 1.</summary>
public static class Expertness
{
    /// <param name="weights">One per rater, finite, none negative, not all 0; null for equal weights.</param>
    /// <exception cref="InvalidImageException">Anything else.</exception>
    public static float[] Of(IReadOnlyList<float>? weights, IReadOnlyList<string> raters)
    {
        if (weights is null)
            return [.. raters.Select(_ => 1f / raters.Count)];
        if (weights.Count != raters.Count)
            throw new InvalidImageException($"Expertness has {weights.Count} weights; the model has {raters.Count} raters ({string.Join(", ", raters)}): give one for each.");
        if (weights.Any(weight => !float.IsFinite(weight) || weight < 0))
            throw new InvalidImageException($"Expertness is {Text(weights)}; each weight must be 0 or more.");

        var sum = weights.Sum(weight => (double)weight);
        if (sum <= 0)
            throw new InvalidImageException($"Expertness is {Text(weights)}; at least one weight must be above 0.");
        return [.. weights.Select(weight => (float)(weight / sum))];
    }

    private static string Text(IEnumerable<float> weights) =>
        string.Join(',', weights.Select(weight => weight.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
