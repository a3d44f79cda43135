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

/// <summary>Cuts, turns and normalises pictures for the network, in an order that the seed and the epoch decide.</summary>
public sealed class Batches(RaterSlices data, TrainingOptions options)
{
    /// <summary>Grey values 0..255 are put before the network as (value / 255 - Mean) / Deviation.</summary>
    public const float Mean = 0.25f;

    public const float Deviation = 0.25f;

    public int StepsPerEpoch => data.Slices.Count / options.BatchSize + (data.Slices.Count % options.BatchSize > 1 ? 1 : 0);

    /// <summary>The batches of an epoch, shuffled and varied.</summary>
    public IEnumerable<Batch> Epoch(int epoch)
    {
        var random = new Random(HashCode(options.Seed, epoch));
        var order = Enumerable.Range(0, data.Slices.Count).ToArray();
        random.Shuffle(order);

        foreach (var chosen in order.Chunk(options.BatchSize).Where(chunk => chunk.Length > 1))
            yield return Make([.. chosen.Select(i => data.Slices[i])], slice => View.Draw(data, options, random));
    }

    /// <summary>All pictures in order, whole and as they are.</summary>
    public IEnumerable<(RaterSlice[] Slices, Batch Batch)> InOrder()
    {
        foreach (var chosen in data.Slices.Chunk(options.BatchSize))
            yield return (chosen, Make(chosen, _ => View.Whole(data)));
    }

    private Batch Make(RaterSlice[] slices, Func<RaterSlice, View> look)
    {
        var views = slices.Select(look).ToArray();
        var (rows, columns) = (views[0].Rows, views[0].Columns);
        var size = rows * columns;
        var images = new float[slices.Length * size];
        var masks = new float[slices.Length * data.Raters * size];

        for (var b = 0; b < slices.Length; b++)
        {
            views[b].Copy(slices[b].Image, data.Columns, images.AsSpan(b * size, size), views[b].Grey);
            for (var r = 0; r < data.Raters; r++)
                views[b].Copy(slices[b].Masks[r], data.Columns, masks.AsSpan((b * data.Raters + r) * size, size), static value => value);
        }

        return new(tensor(images, [slices.Length, 1, rows, columns]), tensor(masks, [slices.Length, data.Raters, 1, rows, columns]), ones(slices.Length, data.Raters, 1));
    }

    private static int HashCode(int seed, int epoch) => unchecked(seed * 7919 + epoch);

    /// <summary>A window of a picture, turned and with other contrast.</summary>
    private sealed record View(int X, int Y, int Rows, int Columns, bool MirrorX, bool MirrorY, bool Transpose, float Gamma)
    {
        public static View Whole(RaterSlices data) => new(0, 0, data.Rows, data.Columns, false, false, false, 1);

        public static View Draw(RaterSlices data, TrainingOptions options, Random random)
        {
            var (rows, columns) = options.Window > 0 ? (options.Window, options.Window) : (data.Rows, data.Columns);
            var (x, y) = (random.Next(data.Columns - columns + 1), random.Next(data.Rows - rows + 1));
            return options.Augment
                ? new(x, y, rows, columns, random.Next(2) == 1, random.Next(2) == 1, rows == columns && random.Next(2) == 1, MathF.Exp((random.NextSingle() - 0.5f) * 0.6f))
                : new(x, y, rows, columns, false, false, false, 1);
        }

        public float Grey(byte value) => (MathF.Pow(value / 255f, Gamma) - Mean) / Deviation;

        public void Copy(byte[] picture, int stride, Span<float> target, Func<byte, float> convert)
        {
            for (var row = 0; row < Rows; row++)
                for (var column = 0; column < Columns; column++)
                {
                    var (dx, dy) = Transpose ? (row, column) : (column, row);
                    var x = X + (MirrorX ? Columns - 1 - dx : dx);
                    var y = Y + (MirrorY ? Rows - 1 - dy : dy);
                    target[row * Columns + column] = convert(picture[y * stride + x]);
                }
        }
    }
}
