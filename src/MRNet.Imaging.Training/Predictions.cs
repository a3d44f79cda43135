namespace MRNet.Imaging.Training;

/// <summary>A structure's map and the masks of those who graded it.</summary>
internal sealed record GradedStructure(float[] Probability, byte[][] Masks)
{
    /// <summary>Share of the raters who mark each pixel.</summary>
    public float[] Share()
    {
        var share = new float[Probability.Length];
        for (var i = 0; i < share.Length; i++)
            share[i] = Masks.Sum(mask => mask[i]) / (float)Masks.Length;
        return share;
    }
}

/// <summary>What was said of one image, and what the raters drew.</summary>
/// <param name="Probability">[S] of all its pixels.</param>
/// <param name="Masks">[S][R], 0 or 1 for each pixel; null where that rater did not grade.</param>
internal sealed record Prediction(float[][] Probability, byte[]?[][] Masks)
{
    /// <summary>Who the image is of.</summary>
    public string Patient { get; init; } = "";

    /// <summary>The structures that anybody graded.</summary>
    public IEnumerable<GradedStructure> Structures =>
        Probability.Zip(Masks, (map, masks) => new GradedStructure(map, [.. masks.OfType<byte[]>()])).Where(structure => structure.Masks.Length > 0);

    /// <summary>Slices of a volume as one.</summary>
    public static Prediction Joined(IReadOnlyList<Prediction> slices) => slices is [var one] ? one : new(
        [.. slices[0].Probability.Select((_, s) => slices.SelectMany(slice => slice.Probability[s]).ToArray())],
        [.. slices[0].Masks.Select((raters, s) => raters.Select((mask, r) => mask is null ? null : slices.SelectMany(slice => slice.Masks[s][r]!).ToArray()).ToArray())])
    { Patient = slices[0].Patient };
}

/// <summary>Runs a network over slices and puts those of one volume together.</summary>
internal static class Predictions
{
    /// <summary>Every rater who graded anything of the slice counts the same.</summary>
    public static float[] Equal(bool[] graded) => RaterStrategy.Uniform.Draw(graded, new Random(0));

    public static float[] Only(int rater, int raters) => [.. Enumerable.Range(0, raters).Select(r => r == rater ? 1f : 0f)];

    /// <param name="predict">(B, C, H, W) and (B, R) to a probability (B, S, H, W).</param>
    /// <param name="weigh">From who graded a slice to the raters' weights.</param>
    public static IEnumerable<Prediction> Of(
        TrainingSlices data, Func<Tensor, Tensor, Tensor> predict, Func<bool[], float[]> weigh, CancellationToken cancellation)
    {
        var (volume, name) = (new List<Prediction>(), (string?)null);
        foreach (var (slices, batch) in new Batches(data, new TrainingOptions()).InOrder())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (slice, found) in slices.Zip(Of(data.Format, slices, batch, predict, weigh)))
            {
                if (slice.ScoredAs != name && volume.Count > 0)
                {
                    yield return Prediction.Joined(volume);
                    volume = [];
                }

                name = slice.ScoredAs;
                volume.Add(found);
            }
        }

        if (volume.Count > 0)
            yield return Prediction.Joined(volume);
    }

    private static Prediction[] Of(
        SliceFormat format, TrainingSlice[] slices, Batch batch, Func<Tensor, Tensor, Tensor> predict, Func<bool[], float[]> weigh)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var _ = batch;
        float[] weights = [.. slices.SelectMany(slice => weigh([.. slice.Present.Chunk(format.Structures).Select(ofRater => ofRater.Contains(true))]))];
        var maps = predict(batch.Images, tensor(weights, [slices.Length, format.Raters])).contiguous().data<float>().ToArray();
        var masks = batch.Masks.to(ScalarType.Byte).contiguous().data<byte>().ToArray();
        var size = format.Rows * format.Columns;
        return [.. slices.Select((slice, b) => new Prediction(
            [.. Enumerable.Range(0, format.Structures).Select(s => maps.AsSpan((b * format.Structures + s) * size, size).ToArray())],
            [.. Enumerable.Range(0, format.Structures).Select(s => Enumerable.Range(0, format.Raters).Select(r => Mask(slice, b, r * format.Structures + s)).ToArray())]) { Patient = slice.Patient })];

        byte[]? Mask(TrainingSlice slice, int b, int m) => slice.Present[m] ? masks.AsSpan((b * format.Masks + m) * size, size).ToArray() : null;
    }
}
