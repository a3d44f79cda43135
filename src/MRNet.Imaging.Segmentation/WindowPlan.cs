namespace MRNet.Imaging.Segmentation;

/// <summary>A square window of a slice; it may reach beyond the slice, which is then filled up.</summary>
internal readonly record struct Window(int X, int Y, int Size);

/// <summary>Covers a box of a slice with windows of one size: one around the middle if it fits, else overlapping by half.</summary>
internal static class WindowPlan
{
    public static IReadOnlyList<Window> Cover(Grid grid, VoxelBox box, int size) =>
    [
        .. from y in Starts(box.Y, box.Rows, grid.Rows, size)
           from x in Starts(box.X, box.Columns, grid.Columns, size)
           select new Window(x, y, size),
    ];

    /// <param name="first">First pixel of the box.</param>
    /// <param name="length">Pixels of the box.</param>
    /// <param name="whole">Pixels of the slice.</param>
    private static int[] Starts(int first, int length, int whole, int size)
    {
        if (length <= size)
            return [Inside(first + (length - size) / 2, whole, size)];

        var steps = (int)Math.Ceiling((length - size) / (size / 2.0));
        return [.. Enumerable.Range(0, steps + 1).Select(i => first + (int)Math.Round(i * (double)(length - size) / steps))];
    }

    /// <summary>Shifted into the slice where it fits; a smaller slice lies in the middle of the window.</summary>
    private static int Inside(int start, int whole, int size) =>
        whole < size ? -((size - whole) / 2) : Math.Clamp(start, 0, whole - size);
}
