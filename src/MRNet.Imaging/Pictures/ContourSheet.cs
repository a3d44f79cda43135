namespace MRNet.Imaging.Pictures;

/// <summary>One slice with what several raters drew.</summary>
/// <param name="Caption">ASCII, about 50 letters.</param>
/// <param name="Masks">[S][R] of (D, H, W), 0 or 1; null where a rater did not grade.</param>
public sealed record ContourTile(string Caption, Volume Volume, int Slice, IReadOnlyList<IReadOnlyList<byte[]?>> Masks);

/// <summary>
/// A picture to judge a data set by: for each chosen slice the whole of it and the surroundings of what was drawn, with
/// every rater's contour in that rater's colour. Images are added one by one, so that none need be held.
/// </summary>
public sealed class ContourSheet
{
    private const int Background = 0x101418;
    private const int Ink = 0xe8ecf0;
    private const int FaintInk = 0x98a4b0;
    private const int Margin = 16;
    private const int Gap = 6;
    private const int Cell = 300;
    private const int Across = 2;
    private const int BlockWidth = 2 * Cell + Gap + Margin;
    private const int BlockHeight = Cell + Canvas.LineHeight + Margin;

    private readonly Canvas canvas;
    private readonly int top;
    private readonly int tiles;
    private int added;

    /// <param name="tiles">How many will be added at most; rows that stay empty are cut off.</param>
    public ContourSheet(string title, IReadOnlyList<string> raters, int tiles)
    {
        (this.tiles, top) = (tiles, Margin + (1 + raters.Count) * Canvas.LineHeight + Margin / 2);
        canvas = new(Margin + Across * BlockWidth, top + (tiles + Across - 1) / Across * BlockHeight, Background);
        canvas.Text(Margin, Margin, title, Ink);
        for (var r = 0; r < raters.Count; r++)
        {
            var x = canvas.Text(Margin, Margin + (1 + r) * Canvas.LineHeight, "\u25a0 ", ContactSheet.RaterColour(r));
            canvas.Text(x, Margin + (1 + r) * Canvas.LineHeight, raters[r], FaintInk);
        }
    }

    /// <exception cref="InvalidOperationException">More tiles than were announced.</exception>
    public void Add(ContourTile tile)
    {
        if (added == tiles)
            throw new InvalidOperationException($"The sheet has {tiles} tiles and all are taken.");

        var (x, y) = (Margin + added % Across * BlockWidth, top + added / Across * BlockHeight);
        canvas.Text(x, y, tile.Caption.Length > 50 ? tile.Caption[..50] : tile.Caption, FaintInk);
        var grid = tile.Volume.Grid;
        Paint(tile, grid.Whole, x, y + Canvas.LineHeight);
        Paint(tile, Surroundings(tile), x + Cell + Gap, y + Canvas.LineHeight);
        added++;
    }

    public void Write(string path)
    {
        using var bitmap = canvas.Top(top + (added + Across - 1) / Across * BlockHeight).ToBitmap();
        PictureWriter.Write(path, bitmap);
    }

    private void Paint(ContourTile tile, VoxelBox field, int x, int y)
    {
        var view = new SliceView(tile.Volume.Grid, field, Cell);
        Lay(tile, view, DisplayWindow.Of(tile.Volume, tile.Volume.Grid.Whole), x, y);
        foreach (var ofStructure in tile.Masks)
            for (var r = 0; r < ofStructure.Count; r++)
                if (ofStructure[r] is { } mask)
                    Outline(view, view.Nearest<byte>(mask.AsSpan(tile.Slice * tile.Volume.Grid.PixelsPerSlice, tile.Volume.Grid.PixelsPerSlice)), x, y, ContactSheet.RaterColour(r));
    }

    private void Lay(ContourTile tile, SliceView view, DisplayWindow window, int x, int y)
    {
        var colour = ContactSheet.IsColour(tile.Volume);
        var planes = Enumerable.Range(0, 3).Select(channel => view.Image(tile.Volume.Slice(tile.Slice, colour ? channel : 0))).ToArray();
        for (var i = 0; i < planes[0].Length; i++)
        {
            int Level(int channel) => (int)(colour ? Math.Clamp(planes[channel][i] + 0.5f, 0, 255) : 255 * window.Apply(planes[channel][i]) + 0.5f);
            canvas[x + i % view.Width, y + i / view.Width] = Level(0) << 16 | Level(1) << 8 | Level(2);
        }
    }

    private void Outline(SliceView view, byte[] inside, int x, int y, int colour)
    {
        bool In(int column, int row) => (uint)column < (uint)view.Width && (uint)row < (uint)view.Height && inside[row * view.Width + column] != 0;
        for (var row = 0; row < view.Height; row++)
            for (var column = 0; column < view.Width; column++)
                if (In(column, row) && !(In(column - 1, row) && In(column + 1, row) && In(column, row - 1) && In(column, row + 1)))
                    canvas[x + column, y + row] = colour;
    }

    /// <summary>Half as much again as what any rater drew on the slice; the whole slice where none did.</summary>
    private static VoxelBox Surroundings(ContourTile tile)
    {
        var grid = tile.Volume.Grid;
        var (left, right, first, last) = (int.MaxValue, -1, int.MaxValue, -1);
        foreach (var mask in tile.Masks.SelectMany(ofStructure => ofStructure).OfType<byte[]>())
            for (var y = 0; y < grid.Rows; y++)
            {
                var row = mask.AsSpan(tile.Slice * grid.PixelsPerSlice + y * grid.Columns, grid.Columns);
                if (row.IndexOfAnyExcept((byte)0) is var start && start < 0)
                    continue;
                (left, right) = (Math.Min(left, start), Math.Max(right, row.LastIndexOfAnyExcept((byte)0)));
                (first, last) = (Math.Min(first, y), Math.Max(last, y));
            }

        if (right < 0)
            return grid.Whole;
        var (aroundX, aroundY) = ((right - left) / 4 + 2, (last - first) / 4 + 2);
        (left, first) = (Math.Max(0, left - aroundX), Math.Max(0, first - aroundY));
        return new(left, first, 0, Math.Min(grid.Columns, right + 1 + aroundX) - left, Math.Min(grid.Rows, last + 1 + aroundY) - first, 1);
    }
}
