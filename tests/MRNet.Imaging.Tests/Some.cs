using CsCheck;

namespace MRNet.Imaging.Tests;

/// <summary>Whatever a test does not care about.</summary>
internal static class Some
{
    public static Grid Grid(int columns = 5, int rows = 4, int slices = 3) => new(columns, rows, slices)
    {
        SpacingMm = new(0.5, 0.75, 2.5),
        OriginLps = new(-20, 11, 5),
    };

    /// <summary>Turned by 30 degrees about z and 20 about x, and left-handed.</summary>
    public static Grid ObliqueGrid(int columns = 5, int rows = 4, int slices = 3)
    {
        var (x, y, z) = Axes(0.5236, 0.3491, 0.1);
        return Grid(columns, rows, slices) with { DirectionX = x, DirectionY = y, DirectionZ = -z };
    }

    public static Volume Volume(Grid? grid = null, int channels = 1)
    {
        grid ??= Grid();
        return new(grid, [.. Enumerable.Range(0, (int)grid.Count * channels).Select(i => i * 0.5f - 3)], channels);
    }

    /// <summary>Every so-manieth voxel is inside, as 1 or as another value that is not 0.</summary>
    public static byte[] Mask(int length, int every) =>
        [.. Enumerable.Range(0, length).Select(i => (byte)(i % every != 0 ? 0 : i % 2 == 0 ? 1 : 255))];

    /// <summary>Any orthogonal grid: turned, reversed, of either hand, anisotropic.</summary>
    public static Gen<Grid> AnyGrid { get; } =
        from size in Gen.Select(Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[1, 6])
        from spacing in Gen.Select(Gen.Double[0.1, 10], Gen.Double[0.1, 10], Gen.Double[0.1, 10])
        from angles in Gen.Select(Gen.Double[-3.2, 3.2], Gen.Double[-3.2, 3.2], Gen.Double[-3.2, 3.2])
        from origin in Gen.Select(Gen.Double[-500, 500], Gen.Double[-500, 500], Gen.Double[-500, 500])
        from flips in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool)
        let axes = Axes(angles.Item1, angles.Item2, angles.Item3)
        select new Grid(size.Item1, size.Item2, size.Item3)
        {
            SpacingMm = new(spacing.Item1, spacing.Item2, spacing.Item3),
            OriginLps = new(origin.Item1, origin.Item2, origin.Item3),
            DirectionX = flips.Item1 ? -axes.X : axes.X,
            DirectionY = flips.Item2 ? -axes.Y : axes.Y,
            DirectionZ = flips.Item3 ? -axes.Z : axes.Z,
        };

    private static (Vector3 X, Vector3 Y, Vector3 Z) Axes(double a, double b, double c)
    {
        Vector3 Turned(Vector3 v)
        {
            v = new(v.X * Math.Cos(a) - v.Y * Math.Sin(a), v.X * Math.Sin(a) + v.Y * Math.Cos(a), v.Z);
            v = new(v.X, v.Y * Math.Cos(b) - v.Z * Math.Sin(b), v.Y * Math.Sin(b) + v.Z * Math.Cos(b));
            return new(v.X * Math.Cos(c) + v.Z * Math.Sin(c), v.Y, -v.X * Math.Sin(c) + v.Z * Math.Cos(c));
        }

        return (Turned(new(1, 0, 0)), Turned(new(0, 1, 0)), Turned(new(0, 0, 1)));
    }
}
