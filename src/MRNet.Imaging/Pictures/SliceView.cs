namespace MRNet.Imaging.Pictures;

/// <summary>
/// How slices of a box are laid on a tile of the sheet: as a radiologist hangs them (<see cref="Hanging"/>), pixels in their
/// true proportion, as large as fits.
/// </summary>
internal sealed class SliceView
{
    private readonly Grid grid;
    private readonly VoxelBox field;
    private readonly Hanging hanging;

    /// <param name="field">Columns and rows that are shown.</param>
    /// <param name="size">Pixels of the tile's longer side.</param>
    public SliceView(Grid grid, VoxelBox field, int size)
    {
        (this.grid, this.field, hanging) = (grid, field, Hanging.Of(grid));

        if (grid.HasPatientSpace)
        {
            var (across, down) = hanging.Transposed ? (grid.DirectionY, grid.DirectionX) : (grid.DirectionX, grid.DirectionY);
            var (right, bottom) = (across * (hanging.FlippedAcross ? -1 : 1), down * (hanging.FlippedDown ? -1 : 1));
            Letters = new(Anatomy.Letter(right * -1), Anatomy.Letter(right), Anatomy.Letter(bottom * -1), Anatomy.Letter(bottom));
        }

        var (width, height) = (field.Columns * grid.SpacingMm.X, field.Rows * grid.SpacingMm.Y);
        if (hanging.Transposed)
            (width, height) = (height, width);
        var scale = size / Math.Max(width, height);
        Width = Math.Max(1, (int)Math.Round(width * scale));
        Height = Math.Max(1, (int)Math.Round(height * scale));
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>What lies beyond the edges; null for a photograph.</summary>
    public EdgeLetters? Letters { get; }

    /// <summary>Each tile pixel takes the voxel it lies in: voxels stay visible, masks stay 0 and 1.</summary>
    /// <param name="slice">(H, W) of the grid.</param>
    /// <returns>(Height, Width)</returns>
    public T[] Nearest<T>(ReadOnlySpan<T> slice)
    {
        var tile = new T[Width * Height];
        var (hung, (across, down)) = (Hung(slice), hanging.Size(field.Columns, field.Rows));
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
            {
                var u = Math.Min(across - 1, (int)((x + 0.5) * across / Width));
                var v = Math.Min(down - 1, (int)((y + 0.5) * down / Height));
                tile[y * Width + x] = hung[v * across + u];
            }

        return tile;
    }

    /// <summary>Nearest where voxels are many pixels large, else smooth.</summary>
    public float[] Image(ReadOnlySpan<float> slice)
    {
        var (across, down) = hanging.Size(field.Columns, field.Rows);
        if (Math.Min((double)Width / across, (double)Height / down) >= 3)
            return Nearest(slice);

        var tile = new float[Width * Height];
        new Resampling(across, down, Width, Height).Apply(Hung(slice), tile);
        return tile;
    }

    /// <summary>The field of a slice, hung up.</summary>
    private T[] Hung<T>(ReadOnlySpan<T> slice)
    {
        var part = new T[field.PixelsPerSlice];
        for (var row = 0; row < field.Rows; row++)
            slice.Slice((field.Y + row) * grid.Columns + field.X, field.Columns).CopyTo(part.AsSpan(row * field.Columns));
        return hanging.Turn<T>(part, field.Columns, field.Rows);
    }
}

/// <summary>Letters at the edges of a tile: R on the left edge says that the patient's right is there.</summary>
internal sealed record EdgeLetters(char Left, char Right, char Top, char Bottom);
