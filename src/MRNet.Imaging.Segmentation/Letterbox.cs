namespace MRNet.Imaging.Segmentation;

/// <summary>How a slice lies in a square without changing its shape: the longer side fills it, the shorter one is in the middle.</summary>
/// <param name="Size">Side of the square in pixels.</param>
internal readonly record struct Letterbox(int Columns, int Rows, int Size)
{
    private double Scale => (double)Size / Math.Max(Columns, Rows);

    public int Width => Math.Max(1, (int)Math.Round(Columns * Scale));

    public int Height => Math.Max(1, (int)Math.Round(Rows * Scale));

    public int Left => (Size - Width) / 2;

    public int Top => (Size - Height) / 2;

    /// <summary>Pixels of the slice along a pixel of the square.</summary>
    public double Step => 1 / Scale;

    /// <summary>Where a point of the square lies in the slice; both from the outer edge.</summary>
    public (double X, double Y) ToSlice(double x, double y) => ((x - Left) * Columns / Width, (y - Top) * Rows / Height);

    /// <summary>Lays one prepared channel of a slice into the square; what it does not fill is left.</summary>
    public void Lay(ReadOnlySpan<float> prepared, Span<float> square)
    {
        for (var row = 0; row < Height; row++)
            prepared.Slice(row * Width, Width).CopyTo(square[((Top + row) * Size + Left)..]);
    }
}
