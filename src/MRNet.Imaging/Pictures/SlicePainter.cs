namespace MRNet.Imaging.Pictures;

/// <summary>Paints the three tiles of one slice of a contact sheet.</summary>
internal sealed class SlicePainter(Volume volume, SegmentationResult result, SliceView view, ContactSheetOptions options)
{
    private readonly DisplayWindow window = options.Window ?? DisplayWindow.Of(volume, result.Maps.Box, options.Channel);

    public void Paint(Canvas canvas, int x, int y, int gap, int slice)
    {
        var image = Image(slice);
        var (second, third) = (x + view.Width + gap, x + 2 * (view.Width + gap));

        foreach (var left in (ReadOnlySpan<int>)[x, second, third])
            Lay(canvas, left, y, image);

        for (var s = 0; s < result.Structures.Count; s++)
            Outline(canvas, second, y, Inside(result.Masks[s], slice), thickness: 3, result.Structures[s].Color);
        for (var rater = 0; rater < result.Maps.Raters.Count; rater++)
            foreach (var probability in result.Maps.RaterProbability[rater])
                Outline(canvas, second, y, Inside(probability, slice), thickness: 1, ContactSheet.RaterColour(rater));

        Uncertainty(canvas, third, y, slice);
        foreach (var left in (ReadOnlySpan<int>)[x, second, third])
            Letters(canvas, left, y);
    }

    private int[] Image(int slice)
    {
        if (ContactSheet.IsColour(volume))
        {
            var (r, g, b) = (view.Image(volume.Slice(slice, 0)), view.Image(volume.Slice(slice, 1)), view.Image(volume.Slice(slice, 2)));
            return [.. r.Select((red, i) => Rgb(red, g[i], b[i]))];
        }

        return [.. view.Image(volume.Slice(slice, options.Channel)).Select(value => 255 * window.Apply(value)).Select(grey => Rgb(grey, grey, grey))];
    }

    private void Lay(Canvas canvas, int x, int y, int[] image)
    {
        for (var row = 0; row < view.Height; row++)
            for (var column = 0; column < view.Width; column++)
                canvas[x + column, y + row] = image[row * view.Width + column];
    }

    private bool[] Inside(float[] probability, int slice) => [.. Nearest(probability, slice).Select(p => p >= (float)result.Provenance.Threshold)];

    private bool[] Inside(byte[] mask, int slice) => [.. Nearest(mask, slice).Select(value => value != 0)];

    private T[] Nearest<T>(T[] map, int slice)
        where T : struct
    {
        var whole = new T[volume.Grid.PixelsPerSlice];
        result.Maps.CopySlice<T>(map, slice, whole);
        return view.Nearest<T>(whole);
    }

    /// <summary>Pixels inside that have a pixel outside within reach.</summary>
    private void Outline(Canvas canvas, int x, int y, bool[] inside, int thickness, int colour)
    {
        bool In(int column, int row) =>
            (uint)column < (uint)view.Width && (uint)row < (uint)view.Height && inside[row * view.Width + column];

        for (var row = 0; row < view.Height; row++)
            for (var column = 0; column < view.Width; column++)
                if (In(column, row) && !(In(column - thickness, row) && In(column + thickness, row) && In(column, row - thickness) && In(column, row + thickness)))
                    canvas[x + column, y + row] = colour;
    }

    /// <summary>The largest over the structures: one tile shows where any of them is in doubt.</summary>
    private void Uncertainty(Canvas canvas, int x, int y, int slice)
    {
        var most = new float[view.Width * view.Height];
        foreach (var map in result.Maps.Uncertainty)
        {
            var tile = Nearest(map, slice);
            for (var i = 0; i < most.Length; i++)
                most[i] = Math.Max(most[i], tile[i]);
        }

        for (var i = 0; i < most.Length; i++)
        {
            var share = ContactSheet.ShareOfMaximum(most[i]);
            var (column, row, cover) = (x + i % view.Width, y + i / view.Width, Heat.Cover(share));
            var (under, (r, g, b)) = (canvas[column, row], Heat.Colour(share));
            canvas[column, row] = Rgb(Mix(under >> 16 & 255, r, cover), Mix(under >> 8 & 255, g, cover), Mix(under & 255, b, cover));
        }
    }

    private void Letters(Canvas canvas, int x, int y)
    {
        if (view.Letters is not { } letters)
            return;

        var (middleX, middleY) = (x + view.Width / 2 - Canvas.LetterWidth / 2, y + view.Height / 2 - 7);
        void Put(char letter, int atX, int atY) => canvas.Text(atX, atY, letter.ToString(), 0xffe08a, shadow: 0);

        Put(letters.Left, x + 3, middleY);
        Put(letters.Right, x + view.Width - Canvas.LetterWidth, middleY);
        Put(letters.Top, middleX, y + 3);
        Put(letters.Bottom, middleX, y + view.Height - 17);
    }

    private static float Mix(int under, float over, float cover) => under + (over - under) * cover;

    private static int Rgb(float r, float g, float b) => (Channel(r) << 16) | (Channel(g) << 8) | Channel(b);

    private static int Channel(float value) => (int)Math.Clamp(value + 0.5f, 0, 255);
}
