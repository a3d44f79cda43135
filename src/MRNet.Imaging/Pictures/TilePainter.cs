namespace MRNet.Imaging.Pictures;

/// <summary>Paints one tile after another of a slice: the image, and outlines or colours over it.</summary>
internal sealed class TilePainter(SliceView view)
{
    /// <summary>The slice as it is shown: colours as they are, grey values through a window.</summary>
    /// <returns>(Height, Width) of the view, 0xRRGGBB.</returns>
    public int[] Image(Volume volume, int slice, int channel, DisplayWindow window)
    {
        if (ContactSheet.IsColour(volume))
        {
            var (r, g, b) = (view.Image(volume.Slice(slice, 0)), view.Image(volume.Slice(slice, 1)), view.Image(volume.Slice(slice, 2)));
            return [.. r.Select((red, i) => Rgb(red, g[i], b[i]))];
        }

        return [.. view.Image(volume.Slice(slice, channel)).Select(value => 255 * window.Apply(value)).Select(grey => Rgb(grey, grey, grey))];
    }

    /// <param name="image">(Height, Width) of the view, 0xRRGGBB.</param>
    public void Lay(Canvas canvas, int x, int y, int[] image)
    {
        for (var i = 0; i < image.Length; i++)
            canvas[x + i % view.Width, y + i / view.Width] = image[i];
    }

    /// <summary>Pixels inside that have a pixel outside within reach.</summary>
    /// <param name="inside">(Height, Width) of the view.</param>
    public void Outline(Canvas canvas, int x, int y, bool[] inside, int thickness, int colour)
    {
        bool In(int column, int row) =>
            (uint)column < (uint)view.Width && (uint)row < (uint)view.Height && inside[row * view.Width + column];

        for (var row = 0; row < view.Height; row++)
            for (var column = 0; column < view.Width; column++)
                if (In(column, row) && !(In(column - thickness, row) && In(column + thickness, row) && In(column, row - thickness) && In(column, row + thickness)))
                    canvas[x + column, y + row] = colour;
    }

    /// <param name="shares">(Height, Width) of the view, 0..1 of the scale.</param>
    public void Colour(Canvas canvas, int x, int y, float[] shares)
    {
        for (var i = 0; i < shares.Length; i++)
        {
            var (column, row, cover) = (x + i % view.Width, y + i / view.Width, Heat.Cover(shares[i]));
            var (under, (r, g, b)) = (canvas[column, row], Heat.Colour(shares[i]));
            canvas[column, row] = Rgb(Mix(under >> 16 & 255, r, cover), Mix(under >> 8 & 255, g, cover), Mix(under & 255, b, cover));
        }
    }

    private static float Mix(int under, float over, float cover) => under + (over - under) * cover;

    private static int Rgb(float r, float g, float b) => (Channel(r) << 16) | (Channel(g) << 8) | Channel(b);

    private static int Channel(float value) => (int)Math.Clamp(value + 0.5f, 0, 255);
}
