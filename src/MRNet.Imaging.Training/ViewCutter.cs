namespace MRNet.Imaging.Training;

/// <summary>Cuts views out of slices: images between pixels bilinear, masks always the nearest pixel; beyond the border 0, or the mirror image.</summary>
internal sealed class ViewCutter(SliceFormat format)
{
    /// <param name="image">(C, H, W), overwritten: normalised.</param>
    /// <param name="masks">(R, S, H, W), overwritten: 0 or 1.</param>
    public void Cut(TrainingSlice slice, View view, Span<float> image, Span<float> masks)
    {
        var (pixels, size, whole) = (slice.Read(), view.Rows * view.Columns, slice.Rows * slice.Columns);
        var sampler = new Sampler(view, slice.Rows, slice.Columns);
        for (var i = 0; i < size; i++)
        {
            var place = sampler.Of(i);
            var decoy = view.Decoys.Length == 0 || place.Nearest < 0 || IsMarked(pixels, place, whole) ? default : Over(view.Decoys, place);
            for (var c = 0; c < format.Channels; c++)
                image[c * size + i] = Look(Painted(sampler.Value(pixels.Image.AsSpan(c * whole, whole), place), decoy, c), view, c);
            for (var m = 0; m < format.Masks; m++)
                masks[m * size + i] = place.Nearest < 0 ? 0 : (pixels.Marks[m / 8 * whole + place.Nearest] >> (m % 8)) & 1;
        }
    }

    private bool IsMarked(SlicePixels pixels, Place place, int whole) =>
        Enumerable.Range(0, format.Planes).Any(plane => pixels.Marks[plane * whole + place.Nearest] != 0);

    /// <returns>The decoy that covers a place most.</returns>
    private static (Decoy? Decoy, float Weight) Over(Decoy[] decoys, Place place)
    {
        (Decoy? Decoy, float Weight) most = (null, 0);
        foreach (var decoy in decoys)
            if (decoy.Weight(place.X, place.Y) is var weight && weight > most.Weight)
                most = (decoy, weight);
        return most;
    }

    private static float Painted(float value, (Decoy? Decoy, float Weight) over, int channel) =>
        over.Decoy is { } decoy ? value + over.Weight * (decoy.Colour[channel] - value) : value;

    /// <param name="value">0..1</param>
    private float Look(float value, View view, int channel)
    {
        if (view.Gamma != 1)
            value = MathF.Pow(value, view.Gamma);
        if (view.Contrast != 1 || view.Brightness != 0 || view.Gains.Length > 0)
            value = Math.Clamp(((value - 0.5f) * view.Contrast + 0.5f + view.Brightness) * (view.Gains.Length > 0 ? view.Gains[channel] : 1), 0, 1);
        return (value - Of(format.Mean, channel)) / Of(format.Deviation, channel);
    }

    private static float Of(IReadOnlyList<float> values, int channel) => values[values.Count == 1 ? 0 : channel];

    /// <summary>A pixel of the view in the slice.</summary>
    /// <param name="Nearest">Index of the nearest pixel; -1 outside.</param>
    /// <param name="X">Column of the pixel to the left, with the fraction.</param>
    private readonly record struct Place(int Nearest, float X, float Y);

    private readonly struct Sampler(View view, int rows, int columns)
    {
        private readonly (float Cos, float Sin) turn = (MathF.Cos(view.Turn) * view.Step, MathF.Sin(view.Turn) * view.Step);

        /// <summary>Pixels fall on pixels: nothing is between.</summary>
        private readonly bool whole = view is { Turn: 0, Step: 1 } && float.IsInteger(view.X - view.Columns / 2f) && float.IsInteger(view.Y - view.Rows / 2f);

        public Place Of(int pixel)
        {
            var (row, column) = (pixel / view.Columns, pixel % view.Columns);
            var (dx, dy) = view.Transpose ? (row, column) : (column, row);
            var u = (view.MirrorX ? view.Columns - 1 - dx : dx) + 0.5f - view.Columns / 2f;
            var v = (view.MirrorY ? view.Rows - 1 - dy : dy) + 0.5f - view.Rows / 2f;
            var (x, y) = (view.X + u * turn.Cos - v * turn.Sin, view.Y + u * turn.Sin + v * turn.Cos);
            var (nx, ny) = Inside((int)MathF.Floor(x), (int)MathF.Floor(y));
            return new(nx < 0 || nx >= columns || ny < 0 || ny >= rows ? -1 : ny * columns + nx, x - 0.5f, y - 0.5f);
        }

        public float Value(ReadOnlySpan<ushort> image, Place place)
        {
            if (whole)
                return place.Nearest < 0 ? 0 : image[place.Nearest] / 65535f;

            var (x, y) = ((int)MathF.Floor(place.X), (int)MathF.Floor(place.Y));
            var (fx, fy) = (place.X - x, place.Y - y);
            var above = At(image, x, y) * (1 - fx) + At(image, x + 1, y) * fx;
            var below = At(image, x, y + 1) * (1 - fx) + At(image, x + 1, y + 1) * fx;
            return (above * (1 - fy) + below * fy) / 65535f;
        }

        private float At(ReadOnlySpan<ushort> image, int x, int y)
        {
            (x, y) = Inside(x, y);
            return x < 0 || x >= columns || y < 0 || y >= rows ? 0 : image[y * columns + x];
        }

        private (int X, int Y) Inside(int x, int y) => view.MirroredEdge ? (Mirrored(x, columns), Mirrored(y, rows)) : (x, y);

        private static int Mirrored(int i, int n)
        {
            var along = Math.Abs(2 * i + 1) % (4 * n); // in half pixels, from the first border
            return (along < 2 * n ? along : 4 * n - along) / 2;
        }
    }
}
