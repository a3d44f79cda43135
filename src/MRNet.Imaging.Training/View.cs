namespace MRNet.Imaging.Training;

/// <summary>A look at a slice: which part, how turned and scaled, with what contrast.</summary>
internal sealed record View
{
    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>Middle of the view in the slice, from its outer edge.</summary>
    public required float X { get; init; }

    public required float Y { get; init; }

    /// <summary>Pixels of the slice along a pixel of the view.</summary>
    public float Step { get; init; } = 1;

    public bool MirrorX { get; init; }

    public bool MirrorY { get; init; }

    public bool Transpose { get; init; }

    /// <summary>Beyond the border of the slice lies its mirror image, else 0.</summary>
    public bool MirroredEdge { get; init; }

    /// <summary>Radians.</summary>
    public float Turn { get; init; }

    public float Gamma { get; init; } = 1;

    public float Contrast { get; init; } = 1;

    public float Brightness { get; init; }

    /// <summary>One per channel; empty for 1.</summary>
    public float[] Gains { get; init; } = [];

    /// <summary>Painted where nothing is marked.</summary>
    public Decoy[] Decoys { get; init; } = [];

    /// <summary>What is scored: nothing varied.</summary>
    public static View Whole(SliceFormat format, TrainingSlice slice) => slice.Focus is { } focus
        ? new() { Rows = format.Rows, Columns = format.Columns, X = focus.X, Y = focus.Y, Step = focus.Side / format.Columns }
        : At(format.Rows, format.Columns, (slice.Columns - format.Columns) / 2, (slice.Rows - format.Rows) / 2);

    /// <summary>A random look; what the options leave out draws nothing from <paramref name="random"/>.</summary>
    public static View Draw(SliceFormat format, TrainingSlice slice, TrainingOptions options, Random random)
    {
        var (rows, columns) = options.Window > 0 ? (options.Window, options.Window) : (format.Rows, format.Columns);
        var (x, y) = (Start(random, slice.Columns, columns), Start(random, slice.Rows, rows));
        var whole = slice.Focus is null ? At(rows, columns, x, y) : Whole(format, slice) with { Rows = rows, Columns = columns };
        return whole.Varied(options.Augmentation, slice, format.Channels, random);
    }

    private View Varied(Augmentation by, TrainingSlice slice, int channels, Random random) => this with
    {
        MirrorX = by.FlipX && random.Next(2) == 1,
        MirrorY = by.FlipY && random.Next(2) == 1,
        Transpose = by.Transpose && Rows == Columns && random.Next(2) == 1,
        MirroredEdge = by.MirroredEdge,
        Gamma = Factor(by.Gamma, random),
        Turn = Around0(by.Rotation, random) * MathF.PI / 180,
        Step = Step * Factor(by.Scale, random),
        X = X + Around0(by.Shift, random) * Columns * Step,
        Y = Y + Around0(by.Shift, random) * Rows * Step,
        Brightness = Around0(by.Brightness, random),
        Contrast = Factor(by.Contrast, random),
        Gains = by.Colour == 0 ? [] : [.. Enumerable.Range(0, channels).Select(_ => Factor(by.Colour, random))],
        Decoys = by.Decoys == 0 ? [] : Decoy.Draw(by.Decoys, slice, channels, random),
    };

    private static View At(int rows, int columns, int left, int top) => new() { Rows = rows, Columns = columns, X = left + columns / 2f, Y = top + rows / 2f };

    /// <summary>First pixel of a window; a slice that is smaller lies in its middle.</summary>
    private static int Start(Random random, int whole, int window) => random.Next(Math.Max(0, whole - window) + 1) + Math.Min(0, whole - window) / 2;

    private static float Around0(double range, Random random) => range == 0 ? 0 : (random.NextSingle() - 0.5f) * 2 * (float)range;

    private static float Factor(double range, Random random) => range == 0 ? 1 : MathF.Exp((random.NextSingle() - 0.5f) * (2 * (float)range));
}
