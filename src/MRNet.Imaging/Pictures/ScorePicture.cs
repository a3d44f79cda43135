namespace MRNet.Imaging.Pictures;

/// <summary>One slice of a case that was scored; every map is (H, W) of the image's slice.</summary>
/// <param name="Slice">Slice of the image.</param>
/// <param name="Share">Share of the raters that mark each pixel, 0..1.</param>
/// <param name="Probability">What was predicted, 0..1.</param>
public sealed record ScoredSlice(Volume Image, int Slice, float[] Share, float[] Probability)
{
    /// <summary>Standard deviation over the model's raters, 0..0.5; null where there is none.</summary>
    public float[]? Uncertainty { get; init; }

    /// <summary>The prediction's outline runs at this probability.</summary>
    public float Threshold { get; init; } = 0.5f;
}

/// <summary>
/// A picture for a person to judge a score by, tiles side by side: the image; the image with the outlines of the raters'
/// mean and of the prediction; the raters' share; the probability; the uncertainty.
/// </summary>
public static class ScorePicture
{
    private const int Background = 0x101418;
    private const int Ink = 0x98a4b0;
    private const int Predicted = 0xf72585;
    private const int Gap = 4;

    /// <summary>Outlines of the raters' mean: all but all of them, half, all but none.</summary>
    private static readonly (float Level, int Colour)[] Shares = [(0.1f, 0xb8902f), (0.5f, 0xffd166), (0.9f, 0xfff3d0)];

    /// <param name="size">Pixels of a tile's longer side.</param>
    /// <returns>The bytes of a PNG file.</returns>
    /// <exception cref="ArgumentException">A map of another size than the slice.</exception>
    public static byte[] Png(ScoredSlice slice, int size = 208)
    {
        Check(slice);
        var (image, field) = (slice.Image, Field(slice));
        var view = new SliceView(image.Grid, field, size);
        var box = field with { Z = slice.Slice, Slices = 1 };
        var painter = new TilePainter(view);
        var under = painter.Image(image, slice.Slice, channel: 0, DisplayWindow.Of(image, box));

        (string Title, Action<Canvas, int>? Draw)[] tiles =
        [
            ("image", (_, _) => { }),
            ("outlines", (canvas, x) => Outlines(canvas, x, slice, view, painter)),
            ("raters", (canvas, x) => painter.Colour(canvas, x, Canvas.LineHeight, view.Nearest<float>(slice.Share))),
            ("probability", (canvas, x) => painter.Colour(canvas, x, Canvas.LineHeight, view.Nearest<float>(slice.Probability))),
            ("uncertainty", slice.Uncertainty is { } map ? (canvas, x) => painter.Colour(canvas, x, Canvas.LineHeight, [.. view.Nearest<float>(map).Select(ContactSheet.ShareOfMaximum)]) : null),
        ];
        var shown = tiles.Where(tile => tile.Draw is not null).ToArray();
        var canvas = new Canvas(shown.Length * (view.Width + Gap) - Gap, view.Height + Canvas.LineHeight, Background);
        for (var i = 0; i < shown.Length; i++)
        {
            var x = i * (view.Width + Gap);
            canvas.Text(x + 2, 2, shown[i].Title, Ink);
            painter.Lay(canvas, x, Canvas.LineHeight, under);
            shown[i].Draw!(canvas, x);
        }

        using var bitmap = canvas.ToBitmap();
        return PictureWriter.Encoded(bitmap);
    }

    private static void Outlines(Canvas canvas, int x, ScoredSlice slice, SliceView view, TilePainter painter)
    {
        void Draw(float[] map, float level, int colour) =>
            painter.Outline(canvas, x, Canvas.LineHeight, [.. view.Nearest<float>(map).Select(value => value >= level)], thickness: 1, colour);

        foreach (var (level, colour) in Shares)
            Draw(slice.Share, level, colour);
        Draw(slice.Probability, slice.Threshold, Predicted);
    }

    /// <summary>What anybody marks, with as much again around it; the whole slice where nobody does.</summary>
    private static VoxelBox Field(ScoredSlice slice)
    {
        var grid = slice.Image.Grid;
        int[] marked = [.. Enumerable.Range(0, grid.PixelsPerSlice).Where(i => slice.Share[i] > 0 || slice.Probability[i] >= 0.1f)];
        if (marked.Length == 0)
            return grid.Whole;

        var (left, right) = (marked.Min(i => i % grid.Columns), marked.Max(i => i % grid.Columns));
        var (top, bottom) = (marked[0] / grid.Columns, marked[^1] / grid.Columns);
        var side = Math.Max(48, 2 * Math.Max(right - left + 1, bottom - top + 1));
        var (x, columns) = Span((left + right) / 2, side, grid.Columns);
        var (y, rows) = Span((top + bottom) / 2, side, grid.Rows);
        return new(x, y, 0, columns, rows, grid.Slices);
    }

    private static (int First, int Length) Span(int middle, int length, int whole) =>
        length >= whole ? (0, whole) : (Math.Clamp(middle - length / 2, 0, whole - length), length);

    private static void Check(ScoredSlice slice)
    {
        foreach (var map in new[] { slice.Share, slice.Probability, slice.Uncertainty })
            if (map is not null && map.Length != slice.Image.Grid.PixelsPerSlice)
                throw new ArgumentException($"A map has {map.Length} pixels; the slice has {slice.Image.Grid.PixelsPerSlice}.", nameof(slice));
    }
}
