using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>A case in memory: its masks, what was predicted of it, and its image if it is asked for.</summary>
/// <param name="Image">Decoded at the first call.</param>
internal sealed record LoadedCase(MultiRaterCase Case, RaterMasks Masks, CasePrediction Prediction, Func<Volume> Image)
{
    /// <param name="networkSize">Bring everything to this size first; null for the masks' own.</param>
    /// <exception cref="ImagingException">It cannot be read or predicted.</exception>
    public static LoadedCase Read(MultiRaterCase one, ICasePredictor predictor, int? networkSize, IReadOnlyCollection<int> structures, CancellationToken cancellation)
    {
        var (masks, image) = (one.ReadMasks(cancellation), new Lazy<Volume>(() => one.ReadImage(cancellation)));
        if (networkSize is not { } size)
            return new(one, masks, predictor.Predict(one, masks.Grid, () => image.Value, structures, cancellation), () => image.Value);

        var smaller = new NetworkSize(masks.Grid, size);
        var small = new Lazy<Volume>(() => smaller.Of(image.Value));
        return new(one, smaller.Of(masks), predictor.Predict(one, smaller.Grid, () => small.Value, structures, cancellation), () => small.Value);
    }

    /// <summary>One for each rater of a structure; null where he did not grade.</summary>
    public IReadOnlyList<byte[]?> MasksOf(int structure) => [.. Enumerable.Range(0, Masks.Raters).Select(rater => Masks[structure, rater])];
}
