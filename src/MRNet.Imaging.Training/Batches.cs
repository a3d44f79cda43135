namespace MRNet.Imaging.Training;

/// <summary>A step's pictures.</summary>
/// <param name="Images">(B, C, H, W), normalised.</param>
/// <param name="Masks">(B, R, S, H, W), 0 or 1.</param>
/// <param name="Present">(B, R, S), 1 where the rater graded, 0 where that is missing.</param>
public sealed record Batch(Tensor Images, Tensor Masks, Tensor Present) : IDisposable
{
    public void Dispose()
    {
        Images.Dispose();
        Masks.Dispose();
        Present.Dispose();
    }
}

/// <summary>Cuts, turns and normalises slices for the network, in an order that the seed and the epoch decide; the next batches are made while one is used.</summary>
public sealed class Batches(TrainingSlices data, TrainingOptions options)
{
    private readonly ViewCutter cutter = new(data.Format);

    public int StepsPerEpoch => Seen / options.BatchSize + (Seen % options.BatchSize > 1 ? 1 : 0);

    /// <summary>Slices of an epoch.</summary>
    private int Seen => data.Slices.Count * options.Views;

    /// <summary>The batches of an epoch, shuffled and varied.</summary>
    public IEnumerable<Batch> Epoch(int epoch) => Ahead.Of(Drawn(epoch)).Select(Tensors);

    /// <summary>All slices in order, whole and as they are.</summary>
    public IEnumerable<(TrainingSlice[] Slices, Batch Batch)> InOrder() =>
        Ahead.Of(data.Slices.Chunk(options.BatchSize).Select(chosen => (chosen, Cut(chosen, slice => View.Whole(data.Format, slice)))))
            .Select(part => (part.chosen, Tensors(part.Item2)));

    private IEnumerable<Arrays> Drawn(int epoch)
    {
        var random = new Random(HashCode(options.Seed, epoch));
        int[] order = [.. Enumerable.Range(0, Seen).Select(i => i % data.Slices.Count)];
        random.Shuffle(order);
        return order.Chunk(options.BatchSize).Where(chunk => chunk.Length > 1)
            .Select(chosen => Cut([.. chosen.Select(i => data.Slices[i])], slice => View.Draw(data.Format, slice, options, random)));
    }

    private Arrays Cut(TrainingSlice[] slices, Func<TrainingSlice, View> look)
    {
        View[] views = [.. slices.Select(look)];
        var (rows, columns) = (views[0].Rows, views[0].Columns);
        var (image, masks) = (data.Format.Channels * rows * columns, data.Format.Masks * rows * columns);
        var batch = new Arrays(slices.Length, rows, columns, new float[slices.Length * image], new float[slices.Length * masks],
            [.. slices.SelectMany(slice => slice.Present.Select(present => present ? 1f : 0f))]);
        for (var b = 0; b < slices.Length; b++)
            cutter.Cut(slices[b], views[b], batch.Images.AsSpan(b * image, image), batch.Masks.AsSpan(b * masks, masks));
        return batch;
    }

    private Batch Tensors(Arrays batch) => new(
        tensor(batch.Images, [batch.Count, data.Format.Channels, batch.Rows, batch.Columns]),
        tensor(batch.Masks, [batch.Count, data.Format.Raters, data.Format.Structures, batch.Rows, batch.Columns]),
        tensor(batch.Present, [batch.Count, data.Format.Raters, data.Format.Structures]));

    private static int HashCode(int seed, int epoch) => unchecked(seed * 7919 + epoch);

    /// <summary>A batch before it is given to torch: tensors belong to the thread that uses them.</summary>
    private sealed record Arrays(int Count, int Rows, int Columns, float[] Images, float[] Masks, float[] Present);
}
