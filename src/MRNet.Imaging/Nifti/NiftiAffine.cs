namespace MRNet.Imaging.Nifti;

/// <summary>
/// Voxel to RAS millimetres, as NIfTI keeps it: the three columns of the matrix and the place of voxel (0, 0, 0). The
/// only place where RAS becomes LPS (x and y change sign) and back.
/// </summary>
public readonly record struct NiftiAffine(Vector3 X, Vector3 Y, Vector3 Z, Vector3 Origin)
{
    public Vector3 At(double column, double row, double slice) => Origin + X * column + Y * row + Z * slice;

    /// <summary>Method 2 of nifti1.h: a unit quaternion, an offset, and qfac for left-handed voxels.</summary>
    /// <param name="spacing">pixdim[1..3]</param>
    /// <param name="qfac">pixdim[0]; 0 counts as 1.</param>
    /// <exception cref="InvalidImageException">b, c, d are longer than a unit quaternion.</exception>
    public static NiftiAffine OfQuaternion(Vector3 bcd, Vector3 offset, Vector3 spacing, double qfac)
    {
        var (b, c, d) = (bcd.X, bcd.Y, bcd.Z);
        var rest = 1 - bcd.Dot(bcd);
        if (!(rest > -1e-3))
            throw new InvalidImageException(FormattableString.Invariant($"quatern_b, c, d are {b}, {c}, {d}; expected a sum of squares of at most 1."));

        var a = Math.Sqrt(Math.Max(0, rest));
        var length = Math.Sqrt(a * a + bcd.Dot(bcd)); // a little above 1 by rounding when a is 0
        (a, b, c, d) = (a / length, b / length, c / length, d / length);

        return new(
            new Vector3(a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)) * spacing.X,
            new Vector3(2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)) * spacing.Y,
            new Vector3(2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c) * (qfac < 0 ? -spacing.Z : spacing.Z),
            offset);
    }

    public static NiftiAffine OfGrid(Grid grid) => new(
        ToRas(grid.DirectionX * grid.SpacingMm.X),
        ToRas(grid.DirectionY * grid.SpacingMm.Y),
        ToRas(grid.DirectionZ * grid.SpacingMm.Z),
        ToRas(grid.OriginLps));

    /// <exception cref="InvalidImageException">A column is 0 or not finite.</exception>
    public Grid ToGrid(int columns, int rows, int slices) => new(columns, rows, slices)
    {
        SpacingMm = new(X.Length, Y.Length, Z.Length),
        DirectionX = Direction(X, 'i'),
        DirectionY = Direction(Y, 'j'),
        DirectionZ = Direction(Z, 'k'),
        OriginLps = IsFinite(Origin) ? ToRas(Origin) : throw new InvalidImageException($"The place of the first voxel is {Origin}; expected millimetres."),
    };

    /// <summary>Its rotation as quatern_b, c, d, and the qfac that goes with it.</summary>
    public (Vector3 Bcd, double Qfac) ToQuaternion()
    {
        var (x, y, z) = (X.Normalised(), Y.Normalised(), Z.Normalised());
        var qfac = x.Cross(y).Dot(z) < 0 ? -1.0 : 1.0;
        z *= qfac;

        // Of the four squares 4a², 4b², 4c², 4d² at least one is 1 or more: divide by that one.
        var squares = (ReadOnlySpan<double>)[1 + x.X + y.Y + z.Z, 1 + x.X - y.Y - z.Z, 1 - x.X + y.Y - z.Z, 1 - x.X - y.Y + z.Z];
        var largest = 0;
        for (var i = 1; i < 4; i++)
            if (squares[i] > squares[largest])
                largest = i;

        var twice = Math.Sqrt(squares[largest]);
        var (a, b, c, d) = largest switch
        {
            0 => (twice, (y.Z - z.Y) / twice, (z.X - x.Z) / twice, (x.Y - y.X) / twice),
            1 => ((y.Z - z.Y) / twice, twice, (x.Y + y.X) / twice, (z.X + x.Z) / twice),
            2 => ((z.X - x.Z) / twice, (x.Y + y.X) / twice, twice, (y.Z + z.Y) / twice),
            _ => ((x.Y - y.X) / twice, (z.X + x.Z) / twice, (y.Z + z.Y) / twice, twice),
        };

        return (new Vector3(b, c, d) * (a < 0 ? -0.5 : 0.5), qfac); // the header has no a: it is taken as positive
    }

    private static Vector3 Direction(Vector3 column, char axis) => IsFinite(column) && column.Length > 1e-12
        ? ToRas(column).Normalised()
        : throw new InvalidImageException($"The step along {axis} is {column}; expected a direction in millimetres.");

    /// <summary>RAS to LPS and LPS to RAS are the same turn.</summary>
    private static Vector3 ToRas(Vector3 lps) => new(-lps.X, -lps.Y, lps.Z);

    private static bool IsFinite(Vector3 v) => double.IsFinite(v.X) && double.IsFinite(v.Y) && double.IsFinite(v.Z);
}
