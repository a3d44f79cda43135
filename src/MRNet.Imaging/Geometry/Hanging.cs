namespace MRNet.Imaging;

/// <summary>
/// How a stored slice is turned so that it hangs as a radiologist hangs it: the patient's right (or front) on the left, front
/// (or head) on top. Files store slices in all eight ways; a network and a reader see them in this one.
/// </summary>
/// <param name="Transposed">Stored rows run across, not down.</param>
/// <param name="FlippedAcross">What is stored first along a row of the picture lies at its right.</param>
/// <param name="FlippedDown">What is stored first along a column of the picture lies at its bottom.</param>
public readonly record struct Hanging(bool Transposed, bool FlippedAcross, bool FlippedDown)
{
    /// <summary>A photograph hangs as it is stored.</summary>
    public static Hanging Of(Grid grid)
    {
        if (!grid.HasPatientSpace)
            return default;

        var (x, y) = (Anatomy.Letter(grid.DirectionX), Anatomy.Letter(grid.DirectionY));
        var transposed = x is 'H' or 'F' || (x is 'A' or 'P' && y is 'L' or 'R');
        var (across, down) = transposed ? (y, x) : (x, y);
        return new(transposed, across is not ('L' or 'P'), down is not ('P' or 'F'));
    }

    public bool IsAsStored => this == default;

    /// <summary>From the hung picture to the stored slice.</summary>
    public Hanging Back => Transposed ? new(true, FlippedDown, FlippedAcross) : this;

    /// <summary>The size of the picture of a slice.</summary>
    public (int Columns, int Rows) Size(int columns, int rows) => Transposed ? (rows, columns) : (columns, rows);

    /// <summary>Where a point of a slice lies in its picture.</summary>
    public (float X, float Y) Place(float x, float y, int columns, int rows)
    {
        var (across, down) = Size(columns, rows);
        var (u, v) = Transposed ? (y, x) : (x, y);
        return (FlippedAcross ? across - u : u, FlippedDown ? down - v : v);
    }

    /// <param name="planes">(P, rows, columns)</param>
    /// <returns>(P, rows, columns), the last two exchanged where transposed.</returns>
    public T[] Turn<T>(ReadOnlySpan<T> planes, int columns, int rows)
    {
        var turned = new T[planes.Length];
        var (pixels, (across, down)) = (columns * rows, Size(columns, rows));
        for (var first = 0; first < planes.Length; first += pixels)
            for (var v = 0; v < down; v++)
            {
                var y = FlippedDown ? down - 1 - v : v;
                for (var u = 0; u < across; u++)
                {
                    var x = FlippedAcross ? across - 1 - u : u;
                    turned[first + v * across + u] = planes[first + (Transposed ? x * columns + y : y * columns + x)];
                }
            }

        return turned;
    }
}
