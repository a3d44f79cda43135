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
            var (x, y) = (Anatomy.Letter(grid.DirectionX), Anatomy.Letter(grid.DirectionY));
            var (across, down) = hanging.Transposed ? (y, x) : (x, y);
            Letters = new(Opposite(Shown(across, hanging.FlippedAcross)), Shown(across, hanging.FlippedAcross), Opposite(Shown(down, hanging.FlippedDown)), Shown(down, hanging.FlippedDown));
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
        var (across, down) = hanging.Transposed ? (field.Rows, field.Columns) : (field.Columns, field.Rows);
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
            {
                var u = Math.Min(across - 1, (int)((x + 0.5) * across / Width));
                var v = Math.Min(down - 1, (int)((y + 0.5) * down / Height));
                tile[y * Width + x] = slice[At(hanging.FlippedAcross ? across - 1 - u : u, hanging.FlippedDown ? down - 1 - v : v)];
            }

        return tile;
    }

    /// <summary>Nearest where voxels are many pixels large, else smooth.</summary>
    public float[] Image(ReadOnlySpan<float> slice)
    {
        var (across, down) = hanging.Transposed ? (field.Rows, field.Columns) : (field.Columns, field.Rows);
        if (Math.Min((double)Width / across, (double)Height / down) >= 3)
            return Nearest(slice);

        var upright = new float[across * down];
        for (var v = 0; v < down; v++)
            for (var u = 0; u < across; u++)
                upright[v * across + u] = slice[At(hanging.FlippedAcross ? across - 1 - u : u, hanging.FlippedDown ? down - 1 - v : v)];

        var tile = new float[Width * Height];
        new Resampling(across, down, Width, Height).Apply(upright, tile);
        return tile;
    }

    private int At(int u, int v)
    {
        var (x, y) = hanging.Transposed ? (v, u) : (u, v);
        return (field.Y + y) * grid.Columns + field.X + x;
    }

    private static char Shown(char letter, bool flipped) => flipped ? Opposite(letter) : letter;

    private static char Opposite(char letter) => letter switch
    {
        'L' => 'R',
        'R' => 'L',
        'A' => 'P',
        'P' => 'A',
        'H' => 'F',
        _ => 'H',
    };
}

/// <summary>Letters at the edges of a tile: R on the left edge says that the patient's right is there.</summary>
internal sealed record EdgeLetters(char Left, char Right, char Top, char Bottom);
