namespace MRNet.Imaging;

/// <summary>
/// Where voxels lie: a regular, orthogonal lattice in the patient's LPS space (x to the left, y to the back, z to the
/// head), in millimetres. Voxel (0, 0, 0) is the centre of the first column, row and slice.
/// </summary>
/// <param name="Columns">Voxels along a row (x), at least 1.</param>
/// <param name="Rows">Rows of a slice (y), at least 1.</param>
/// <param name="Slices">Slices (z), at least 1.</param>
public sealed record Grid(int Columns, int Rows, int Slices)
{
    /// <summary>Distance in mm between columns (X), rows (Y) and slices (Z); all positive. 1 for a photograph.</summary>
    public Vector3 SpacingMm { get; init; } = new(1, 1, 1);

    /// <summary>LPS position in mm of the centre of voxel (0, 0, 0).</summary>
    public Vector3 OriginLps { get; init; }

    /// <summary>Unit vector in LPS from one column to the next.</summary>
    public Vector3 DirectionX { get; init; } = new(1, 0, 0);

    /// <summary>Unit vector in LPS from one row to the next.</summary>
    public Vector3 DirectionY { get; init; } = new(0, 1, 0);

    /// <summary>Unit vector in LPS from one slice to the next: plus or minus DirectionX x DirectionY.</summary>
    public Vector3 DirectionZ { get; init; } = new(0, 0, 1);

    /// <summary>False for a photograph: it has pixels, but no place in a patient and no millimetres.</summary>
    public bool HasPatientSpace { get; init; } = true;

    /// <summary>A picture without millimetres: one slice, spacing 1.</summary>
    public static Grid OfPixels(int columns, int rows) => new(columns, rows, 1) { HasPatientSpace = false };

    public int PixelsPerSlice => checked(Columns * Rows);

    public long Count => (long)Columns * Rows * Slices;

    public double VoxelVolumeMm3 => SpacingMm.X * SpacingMm.Y * SpacingMm.Z;

    /// <summary>The LPS position in mm of a voxel; fractions lie between voxels.</summary>
    public Vector3 ToPatient(double column, double row, double slice) =>
        OriginLps
        + DirectionX * (column * SpacingMm.X)
        + DirectionY * (row * SpacingMm.Y)
        + DirectionZ * (slice * SpacingMm.Z);

    /// <summary>The voxel (column, row, slice) at an LPS position in mm; fractions lie between voxels.</summary>
    public Vector3 ToVoxel(Vector3 lps)
    {
        var fromOrigin = lps - OriginLps;
        return new(
            fromOrigin.Dot(DirectionX) / SpacingMm.X,
            fromOrigin.Dot(DirectionY) / SpacingMm.Y,
            fromOrigin.Dot(DirectionZ) / SpacingMm.Z);
    }

    /// <summary>In which plane its slices mostly lie; null for a photograph.</summary>
    public SlicePlane? Plane => !HasPatientSpace ? null : Anatomy.Letter(DirectionZ) switch
    {
        'H' or 'F' => SlicePlane.Axial,
        'A' or 'P' => SlicePlane.Coronal,
        _ => SlicePlane.Sagittal,
    };

    /// <summary>The whole grid as a box of voxels.</summary>
    public VoxelBox Whole => new(0, 0, 0, Columns, Rows, Slices);

    /// <summary>Makes a grid from anything a reader found, or says what is wrong with it.</summary>
    /// <exception cref="InvalidImageException">A size, spacing or direction no image can have.</exception>
    /// <exception cref="UnsupportedImageException">The axes are not at right angles (gantry tilt, shear).</exception>
    public Grid Checked()
    {
        if (Columns < 1 || Rows < 1 || Slices < 1)
            throw new InvalidImageException($"The grid is {Columns} x {Rows} x {Slices} voxels; each must be at least 1.");

        if (!IsLength(SpacingMm.X) || !IsLength(SpacingMm.Y) || !IsLength(SpacingMm.Z))
            throw new InvalidImageException(FormattableString.Invariant($"Spacing is {SpacingMm.X} x {SpacingMm.Y} x {SpacingMm.Z} mm; each must be positive and finite."));

        if (!IsPlace(OriginLps))
            throw new InvalidImageException("The image lies more than a kilometre from the origin, or nowhere.");

        if (!IsUnit(DirectionX) || !IsUnit(DirectionY) || !IsUnit(DirectionZ))
            throw new InvalidImageException("The direction cosines are not unit vectors.");

        var skew = Math.Max(Math.Abs(DirectionX.Dot(DirectionY)), Math.Max(Math.Abs(DirectionX.Dot(DirectionZ)), Math.Abs(DirectionY.Dot(DirectionZ))));
        if (skew > SkewLimit)
            throw new UnsupportedImageException(FormattableString.Invariant(
                $"The axes are {90 - Math.Acos(Math.Min(1, skew)) * 180 / Math.PI:0.##} degrees from right angles (gantry tilt or shear); resample the image onto an orthogonal grid first."));

        return this;
    }

    /// <summary>Cosine of the angle between two axes that still counts as orthogonal: 0.06 degrees, the rounding of DICOM and NIfTI headers.</summary>
    private const double SkewLimit = 1e-3;

    /// <summary>No image has finer voxels than an atom or wider ones than a room.</summary>
    private static bool IsLength(double value) => value is > 1e-7 and < 1e5;

    private static bool IsPlace(Vector3 lps) => Math.Abs(lps.X) < 1e6 && Math.Abs(lps.Y) < 1e6 && Math.Abs(lps.Z) < 1e6;

    private static bool IsUnit(Vector3 direction) => Math.Abs(direction.Length - 1) < 1e-3;
}

/// <summary>How slices lie in a patient.</summary>
public enum SlicePlane
{
    /// <summary>Across: seen from the feet.</summary>
    Axial,

    /// <summary>Seen from the front.</summary>
    Coronal,

    /// <summary>Seen from the side.</summary>
    Sagittal,
}
