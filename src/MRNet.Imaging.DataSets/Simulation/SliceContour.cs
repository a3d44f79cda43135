namespace MRNet.Imaging.DataSets;

/// <summary>The grader's contour on one slice as distances to it, from which other contours are drawn.</summary>
internal sealed class SliceContour
{
    private readonly Grid grid;
    private readonly VoxelBox box;
    private readonly float[] distances; // (rows, columns) of the box, mm, positive inside
    private readonly double radius;     // of a circle of the same area, mm
    private readonly double middleX;    // of the structure, pixels of the box
    private readonly double middleY;

    private SliceContour(Grid grid, VoxelBox box, ReadOnlySpan<byte> inBox)
    {
        (this.grid, this.box) = (grid, box);
        distances = SignedDistance.Of(inBox, box.Columns, box.Rows, grid.SpacingMm.X, grid.SpacingMm.Y);
        var (area, x, y) = (0L, 0.0, 0.0);
        for (var i = 0; i < inBox.Length; i++)
            if (inBox[i] != 0)
                (area, x, y) = (area + 1, x + i % box.Columns, y + i / box.Columns);
        (radius, middleX, middleY) = (RadiusOf(grid, area), x / area, y / area);
    }

    /// <returns>Null where nothing or everything is marked: there is no contour.</returns>
    public static SliceContour? Of(Grid grid, ReadOnlySpan<byte> mask, IReadOnlyList<RaterStyle> styles, double noise)
    {
        if (Bounds(grid, mask) is not { } bounds)
            return null;

        var reach = styles.Max(style => Math.Abs(style.Inwards) + Math.Max(Math.Abs(style.Right), Math.Abs(style.Down))) + 4 * noise;
        var box = Widened(bounds, grid, reach * RadiusOf(grid, bounds.Count)); // the bounds' area is more than enough
        var inBox = new byte[box.PixelsPerSlice];
        for (var y = 0; y < box.Rows; y++)
            mask.Slice((box.Y + y) * grid.Columns + box.X, box.Columns).CopyTo(inBox.AsSpan(y * box.Columns));
        return inBox.Contains((byte)0) ? new(grid, box, inBox) : null;
    }

    /// <param name="noise">Standard deviation of the wobble, a share of the radius.</param>
    /// <param name="slice">(H, W) of the grid, all 0.</param>
    public void Draw(RaterStyle style, ContourNoise wobble, double noise, int z, Span<byte> slice)
    {
        var (shiftX, shiftY) = (style.Right * radius / grid.SpacingMm.X, style.Down * radius / grid.SpacingMm.Y);
        var (inwards, most) = (style.Inwards * radius, 5 * noise * radius); // the waves never add up to more
        for (var y = 0; y < box.Rows; y++)
            for (var x = 0; x < box.Columns; x++)
            {
                var inside = At(x - shiftX, y - shiftY) - inwards;
                if (Math.Abs(inside) < most)
                    inside += noise * radius * wobble.At((x - middleX) * grid.SpacingMm.X / radius, (y - middleY) * grid.SpacingMm.Y / radius, z * grid.SpacingMm.Z / radius);
                slice[(box.Y + y) * grid.Columns + box.X + x] = inside > 0 ? (byte)1 : (byte)0;
            }
    }

    /// <summary>Distance between pixels, bilinear; beyond the box that of its border.</summary>
    private double At(double x, double y)
    {
        (x, y) = (Math.Clamp(x, 0, box.Columns - 1), Math.Clamp(y, 0, box.Rows - 1));
        var (left, top) = (Math.Min((int)x, Math.Max(0, box.Columns - 2)), Math.Min((int)y, Math.Max(0, box.Rows - 2)));
        var (right, bottom) = (Math.Min(left + 1, box.Columns - 1), Math.Min(top + 1, box.Rows - 1));
        var upper = Between(distances[top * box.Columns + left], distances[top * box.Columns + right], x - left);
        var lower = Between(distances[bottom * box.Columns + left], distances[bottom * box.Columns + right], x - left);
        return Between(upper, lower, y - top);
    }

    private static double Between(double a, double b, double share) => a + (b - a) * share;

    private static double RadiusOf(Grid grid, long pixels) => Math.Sqrt(pixels * grid.SpacingMm.X * grid.SpacingMm.Y / Math.PI);

    private static VoxelBox? Bounds(Grid grid, ReadOnlySpan<byte> mask)
    {
        var (left, right, top, bottom) = (int.MaxValue, -1, -1, -1);
        for (var y = 0; y < grid.Rows; y++)
        {
            var row = mask.Slice(y * grid.Columns, grid.Columns);
            if (row.IndexOfAnyExcept((byte)0) is var first && first < 0)
                continue;
            (left, right) = (Math.Min(left, first), Math.Max(right, row.LastIndexOfAnyExcept((byte)0)));
            (top, bottom) = (top < 0 ? y : top, y);
        }

        return right < 0 ? null : new(left, top, 0, right - left + 1, bottom - top + 1, 1);
    }

    private static VoxelBox Widened(VoxelBox box, Grid grid, double mm)
    {
        var (acrossX, acrossY) = ((int)(mm / grid.SpacingMm.X) + 2, (int)(mm / grid.SpacingMm.Y) + 2);
        var (x, y) = (Math.Max(0, box.X - acrossX), Math.Max(0, box.Y - acrossY));
        return new(x, y, 0, Math.Min(grid.Columns, box.X + box.Columns + acrossX) - x, Math.Min(grid.Rows, box.Y + box.Rows + acrossY) - y, 1);
    }
}
