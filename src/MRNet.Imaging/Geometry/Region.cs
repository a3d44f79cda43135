using System.Globalization;

namespace MRNet.Imaging;

/// <summary>
/// The part of an image a user asks for: a box or a point with a size, in voxels or in LPS millimetres. It becomes a
/// <see cref="VoxelBox"/> only when the grid is known.
/// </summary>
public sealed record Region
{
    private enum Kind { BoxInVoxels, BoxInMm, PointInVoxels, PointInMm }

    private readonly Kind kind;
    private readonly Vector3 first;
    private readonly Vector3 second;

    private Region(Kind kind, Vector3 first, Vector3 second) => (this.kind, this.first, this.second) = (kind, first, second);

    /// <summary>From the first voxel, so many voxels in each direction.</summary>
    public static Region OfVoxels(VoxelBox box) => new(
        Kind.BoxInVoxels, new(box.X, box.Y, box.Z), new(box.Columns, box.Rows, box.Slices));

    /// <summary>The box spanned by two opposite corners in LPS mm.</summary>
    public static Region BetweenMm(Vector3 corner, Vector3 opposite) => new(Kind.BoxInMm, corner, opposite);

    /// <summary>Around a voxel, so many voxels wide, high and deep.</summary>
    public static Region AroundVoxel(Vector3 centre, Vector3 sizeVoxels) => new(Kind.PointInVoxels, centre, sizeVoxels);

    /// <summary>Around an LPS position in mm, so many mm wide, high and deep along the image's own axes.</summary>
    public static Region AroundMm(Vector3 centreLps, Vector3 sizeMm) => new(Kind.PointInMm, centreLps, sizeMm);

    /// <summary>What the command line and the wire accept.</summary>
    public const string Syntax = "box:x,y,z,columns,rows,slices | boxmm:x1,y1,z1,x2,y2,z2 | at:x,y,z,columns,rows,slices | atmm:x,y,z,width,height,depth";

    /// <summary>Reads one of the forms of <see cref="Syntax"/>; millimetres are LPS.</summary>
    /// <exception cref="InvalidImageException">Another form, or not six numbers.</exception>
    public static Region Parse(string text)
    {
        var (form, numbers) = Split(text);
        var (a, b) = (new Vector3(numbers[0], numbers[1], numbers[2]), new Vector3(numbers[3], numbers[4], numbers[5]));

        return form switch
        {
            "box" => new(Kind.BoxInVoxels, a, b),
            "boxmm" => BetweenMm(a, b),
            "at" => AroundVoxel(a, b),
            "atmm" => AroundMm(a, b),
            _ => throw new InvalidImageException($"Region starts with '{form}'; expected {Syntax}."),
        };
    }

    /// <summary>What is meant while no image is there: voxels (of a point in voxels too), two corners, or a point with a size, both in LPS mm.</summary>
    public T As<T>(Func<VoxelBox, T> voxels, Func<Vector3, Vector3, T> betweenMm, Func<Vector3, Vector3, T> aroundMm) => kind switch
    {
        Kind.BoxInVoxels => voxels(Box(first, second)),
        Kind.PointInVoxels when Around(first, second) is var (from, size) => voxels(Box(from, size)),
        Kind.BoxInMm => betweenMm(first, second),
        _ => aroundMm(first, second),
    };

    /// <summary>The voxels meant, on this grid: whole voxels, cut to nothing.</summary>
    /// <exception cref="InvalidImageException">Empty, or not wholly inside the image.</exception>
    public VoxelBox On(Grid grid)
    {
        if (!grid.HasPatientSpace && kind is Kind.BoxInMm or Kind.PointInMm)
            throw new InvalidImageException("The region is in millimetres, but the image has none; give it in pixels (box: or at:).");

        var (from, size) = kind switch
        {
            Kind.BoxInVoxels => (first, second),
            Kind.BoxInMm => Between(grid.ToVoxel(first), grid.ToVoxel(second)),
            Kind.PointInVoxels => Around(first, second),
            _ => Around(grid.ToVoxel(first), new(second.X / grid.SpacingMm.X, second.Y / grid.SpacingMm.Y, second.Z / grid.SpacingMm.Z)),
        };

        var box = Box(from, size);
        if (!box.IsWithin(grid))
            throw new InvalidImageException(
                $"The region is voxels {box.X}..{box.X + (long)box.Columns - 1} x {box.Y}..{box.Y + (long)box.Rows - 1} x {box.Z}..{box.Z + (long)box.Slices - 1}; "
                + $"the image has 0..{grid.Columns - 1} x 0..{grid.Rows - 1} x 0..{grid.Slices - 1}.");
        return box;
    }

    private static (Vector3 From, Vector3 Size) Between(Vector3 a, Vector3 b)
    {
        // Corners become voxels one by one: rounding the size instead could leave the second one out.
        var from = NearestVoxel(new(Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Min(a.Z, b.Z)));
        var to = NearestVoxel(new(Math.Max(a.X, b.X), Math.Max(a.Y, b.Y), Math.Max(a.Z, b.Z)));
        return (from, to - from + new Vector3(1, 1, 1)); // both corner voxels belong to the box
    }

    private static Vector3 NearestVoxel(Vector3 voxel) => new(Nearest(voxel.X), Nearest(voxel.Y), Nearest(voxel.Z));

    private static (Vector3 From, Vector3 Size) Around(Vector3 centre, Vector3 size) =>
        (centre - (size - new Vector3(1, 1, 1)) * 0.5, size);

    private static VoxelBox Box(Vector3 from, Vector3 size)
    {
        var (x, columns) = (Whole(from.X), Whole(size.X));
        var (y, rows) = (Whole(from.Y), Whole(size.Y));
        var (z, slices) = (Whole(from.Z), Whole(size.Z));
        return new(x, y, z, columns, rows, slices);
    }

    /// <summary>Halves go up, whatever the sign: a box then keeps its size wherever it lies.</summary>
    private static double Nearest(double value) => Math.Floor(value + 0.5 + 1e-9);

    private static int Whole(double value) => double.IsFinite(value) && Math.Abs(value) < int.MaxValue
        ? (int)Nearest(value)
        : throw new InvalidImageException(FormattableString.Invariant($"The region holds {value}; expected a number of voxels."));

    private static (string Form, double[] Numbers) Split(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var parts = text[(colon + 1)..].Split(',');
        var numbers = new double[6];

        if (colon < 0 || parts.Length != numbers.Length)
            throw new InvalidImageException($"Region is '{text}'; expected {Syntax}.");

        for (var i = 0; i < numbers.Length; i++)
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
                throw new InvalidImageException($"Region holds '{parts[i]}' where a number is wanted; expected {Syntax}.");

        return (text[..colon].Trim().ToLowerInvariant(), numbers);
    }
}
