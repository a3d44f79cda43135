namespace MRNet.Imaging.Segmentation;

/// <summary>Something that was found or drawn in a plane: its middle and the diameter of the disc that has its area, in pixels from the outer edge.</summary>
public readonly record struct RegionOfInterest(double X, double Y, double Diameter)
{
    /// <param name="inside">(H, W), whichever pixels belong to it.</param>
    /// <returns>Null when there is none.</returns>
    public static RegionOfInterest? Of(ReadOnlySpan<bool> inside, int columns)
    {
        var (count, x, y) = (0L, 0.0, 0.0);
        for (var i = 0; i < inside.Length; i++)
            if (inside[i])
                (count, x, y) = (count + 1, x + i % columns, y + i / columns);
        return count == 0 ? null : new(x / count + 0.5, y / count + 0.5, 2 * Math.Sqrt(count / Math.PI));
    }

    /// <summary>The square around it on a slice of a grid, moved into the slice, and cut where the slice is smaller.</summary>
    /// <param name="margin">Its side in diameters.</param>
    /// <param name="least">Pixels that the side has at least.</param>
    public VoxelBox Box(Grid grid, double margin, int least = 16)
    {
        var side = (int)Math.Max(least, Math.Round(Diameter * margin));
        var (x, columns) = Along(X, side, grid.Columns);
        var (y, rows) = Along(Y, side, grid.Rows);
        return new(x, y, 0, columns, rows, grid.Slices);
    }

    private static (int First, int Count) Along(double middle, int side, int whole) => side >= whole
        ? (0, whole)
        : (Math.Clamp((int)Math.Round(middle - side / 2.0), 0, whole - side), side);
}
