namespace MRNet.Imaging.Pictures;

/// <summary>Paints the three tiles of one slice of a contact sheet.</summary>
internal sealed class SlicePainter(Volume volume, SegmentationResult result, SliceView view, ContactSheetOptions options)
{
    private readonly TilePainter tile = new(view);
    private readonly DisplayWindow window = options.Window ?? DisplayWindow.Of(volume, result.Maps.Box, options.Channel);

    public void Paint(Canvas canvas, int x, int y, int gap, int slice)
    {
        var image = tile.Image(volume, slice, options.Channel, window);
        var (second, third) = (x + view.Width + gap, x + 2 * (view.Width + gap));

        foreach (var left in (ReadOnlySpan<int>)[x, second, third])
            tile.Lay(canvas, left, y, image);

        for (var s = 0; s < result.Structures.Count; s++)
            tile.Outline(canvas, second, y, Inside(result.Masks[s], slice), thickness: 3, result.Structures[s].Color);
        for (var rater = 0; rater < result.Maps.Raters.Count; rater++)
            foreach (var probability in result.Maps.RaterProbability[rater])
                tile.Outline(canvas, second, y, Inside(probability, slice), thickness: 1, ContactSheet.RaterColour(rater));

        Uncertainty(canvas, third, y, slice);
        foreach (var left in (ReadOnlySpan<int>)[x, second, third])
            Letters(canvas, left, y);
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

    /// <summary>The largest over the structures: one tile shows where any of them is in doubt.</summary>
    private void Uncertainty(Canvas canvas, int x, int y, int slice)
    {
        var most = new float[view.Width * view.Height];
        foreach (var map in result.Maps.Uncertainty)
        {
            var shown = Nearest(map, slice);
            for (var i = 0; i < most.Length; i++)
                most[i] = Math.Max(most[i], shown[i]);
        }

        tile.Colour(canvas, x, y, [.. most.Select(ContactSheet.ShareOfMaximum)]);
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
}
