using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>Which part of a case's slices is kept for training, at which size, and where the network looks in it.</summary>
/// <param name="Box">In voxels of the case, all slices.</param>
/// <param name="Columns">What it is resampled to.</param>
/// <param name="Rows">What it is resampled to.</param>
/// <param name="Focus">In pixels of what it is resampled to; null for windows anywhere.</param>
internal sealed record SlicePart(VoxelBox Box, int Columns, int Rows, Focus? Focus)
{
    /// <summary>A region is kept with so much more around it, that it can be moved and scaled.</summary>
    private const double Around = 1.6;

    /// <returns>Null where the model looks at a region and nobody drew any.</returns>
    public static SlicePart? Of(Marks marks, Preparation preparation) => preparation switch
    {
        { Locator: { } locator } => OfRegion(marks, preparation.Size, locator.Margin),
        { Framing: Framing.Resize } => new(marks.Grid.Whole, preparation.Size, preparation.Size, new(preparation.Size / 2f, preparation.Size / 2f, preparation.Size)),
        _ => OfWindows(marks, preparation.Size),
    };

    /// <summary>For each target pixel the pixel of the whole slice that it is nearest to.</summary>
    public int[] Nearest(Grid grid)
    {
        var source = new int[Columns * Rows];
        for (var i = 0; i < source.Length; i++)
        {
            var x = Box.X + (int)((i % Columns + 0.5) * Box.Columns / Columns);
            var y = Box.Y + (int)((i / Columns + 0.5) * Box.Rows / Rows);
            source[i] = y * grid.Columns + x;
        }

        return source;
    }

    private static SlicePart? OfRegion(Marks marks, int size, double margin)
    {
        if (RegionOfInterest.Of(marks.Union(), marks.Grid.Columns) is not { } found)
            return null;

        var (region, kept) = (found.Box(marks.Grid, margin), found.Box(marks.Grid, margin * Around));
        var side = Math.Max(region.Columns, region.Rows);
        var (columns, rows) = ((int)Math.Ceiling((double)kept.Columns * size / side), (int)Math.Ceiling((double)kept.Rows * size / side));
        var (scaleX, scaleY) = ((float)columns / kept.Columns, (float)rows / kept.Rows);
        return new(kept, columns, rows, new((region.X + region.Columns / 2f - kept.X) * scaleX, (region.Y + region.Rows / 2f - kept.Y) * scaleY, size));
    }

    /// <summary>Slices much larger than a window: only the surroundings of what was drawn, else most windows would hold nothing.</summary>
    private static SlicePart OfWindows(Marks marks, int size)
    {
        var grid = marks.Grid;
        if (grid.Columns <= 2 * size && grid.Rows <= 2 * size)
            return new(grid.Whole, grid.Columns, grid.Rows, null);

        var union = marks.Union();
        var (x, columns) = Along(Enumerable.Range(0, grid.Columns).Where(x => Enumerable.Range(0, grid.Rows).Any(y => union[y * grid.Columns + x])), grid.Columns, size);
        var (y, rows) = Along(Enumerable.Range(0, grid.Rows).Where(y => union.AsSpan(y * grid.Columns, grid.Columns).Contains(true)), grid.Rows, size);
        return new(new(x, y, 0, columns, rows, grid.Slices), columns, rows, null);
    }

    private static (int First, int Count) Along(IEnumerable<int> marked, int whole, int size)
    {
        int[] places = [.. marked];
        var (first, last) = places.Length == 0 ? (whole / 2, whole / 2) : (places[0], places[^1]);
        var from = Math.Max(0, first - size / 2);
        return (from, Math.Min(whole, last + size / 2 + 1) - from);
    }
}
