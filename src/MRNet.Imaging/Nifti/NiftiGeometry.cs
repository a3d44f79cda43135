using static System.FormattableString;

namespace MRNet.Imaging.Nifti;

/// <summary>Where a header says its voxels lie: sform, else qform, else only the distances are known.</summary>
internal static class NiftiGeometry
{
    /// <param name="slicesAreChannels">The third axis is channels: the grid has one slice.</param>
    /// <param name="notes">What a user should know is added here.</param>
    public static (Grid Grid, NiftiAffine Affine) GridOf(NiftiHeader header, bool slicesAreChannels, List<string> notes)
    {
        var (columns, rows, slices) = (Size(header, 1), Size(header, 2), slicesAreChannels ? 1 : Size(header, 3));
        var spacing = Spacing(header, notes);

        if (header.SformCode <= 0 && header.QformCode <= 0 && (header.Units & 7) == 0 && spacing == new Vector3(1, 1, 1))
        {
            notes.Add("the header gives neither place nor unit (sform_code, qform_code and xyzt_units are 0): pixels only, no millimetres");
            var pixels = new Grid(columns, rows, slices) { HasPatientSpace = false };
            return (pixels, NiftiAffine.OfGrid(pixels));
        }

        var affine = WithSliceDirection(Affine(header, spacing, columns, rows, slices, notes), slices, spacing.Z, notes);
        affine = InMm(affine, header.Units, notes);
        return (affine.ToGrid(columns, rows, slices).Checked(), affine);
    }

    private static NiftiAffine Affine(NiftiHeader header, Vector3 spacing, int columns, int rows, int slices, List<string> notes)
    {
        if (header.SformCode > 0)
        {
            NoteDisagreement(header, spacing, columns, rows, slices, notes);
            return header.Srow;
        }

        if (header.QformCode > 0)
            return NiftiAffine.OfQuaternion(header.Quaternion, header.Qoffset, spacing, header.PixDim[0]);

        notes.Add("sform_code and qform_code are 0: which side is left is not known, taken as radiological (first column at the patient's right)");
        var half = new Vector3((columns - 1) * spacing.X / 2, -(rows - 1) * spacing.Y / 2, -(slices - 1) * spacing.Z / 2);
        return new(new(-spacing.X, 0, 0), new(0, spacing.Y, 0), new(0, 0, spacing.Z), half);
    }

    /// <summary>Half a voxel: float32 quaternions are no better than that at the far corner of a large image.</summary>
    private static void NoteDisagreement(NiftiHeader header, Vector3 spacing, int columns, int rows, int slices, List<string> notes)
    {
        if (header.QformCode <= 0)
            return;

        var qform = NiftiAffine.OfQuaternion(header.Quaternion, header.Qoffset, spacing, header.PixDim[0]);
        var apart = 0.0;
        for (var corner = 0; corner < 8; corner++)
        {
            var (i, j, k) = ((corner & 1) * (columns - 1), (corner >> 1 & 1) * (rows - 1), (corner >> 2) * (slices - 1));
            apart = Math.Max(apart, (header.Srow.At(i, j, k) - qform.At(i, j, k)).Length);
        }

        if (apart > 0.5 * Math.Min(spacing.X, Math.Min(spacing.Y, spacing.Z)))
            notes.Add(Invariant($"sform and qform differ by up to {apart:0.##} mm: sform is used"));
    }

    /// <summary>Some 2-D writers leave the third column 0; with one slice it carries nothing but a thickness.</summary>
    private static NiftiAffine WithSliceDirection(NiftiAffine affine, int slices, double spacing, List<string> notes)
    {
        if (slices > 1 || affine.Z.Length > 0)
            return affine;

        notes.Add("the header gives no direction across the only slice: taken at right angles to it");
        var across = affine.X.Cross(affine.Y);
        return affine with { Z = across.Length > 0 ? across.Normalised() * spacing : affine.Z };
    }

    private static NiftiAffine InMm(NiftiAffine affine, int units, List<string> notes)
    {
        var scale = (units & 7) switch { 1 => 1000.0, 3 => 0.001, _ => 1.0 };
        if (scale == 1)
            return affine;

        notes.Add($"the header is in {(scale > 1 ? "metres" : "micrometres")}: brought to mm");
        return new(affine.X * scale, affine.Y * scale, affine.Z * scale, affine.Origin * scale);
    }

    private static Vector3 Spacing(NiftiHeader header, List<string> notes)
    {
        var (x, y, z) = (header.PixDim[1], header.PixDim[2], header.PixDim[3]);
        if (header.Dim.Count < 3 && !(double.IsFinite(z) && z != 0))
            z = 1; // a 2-D image need not say how far the next slice would be
        if (x < 0 || y < 0 || z < 0)
            notes.Add(Invariant($"pixdim[1..3] is {x}, {y}, {z}: the signs are ignored"));
        return new(Math.Abs(x), Math.Abs(y), Math.Abs(z));
    }

    private static int Size(NiftiHeader header, int axis) => header.Length(axis) <= int.MaxValue
        ? (int)header.Length(axis)
        : throw new UnsupportedImageException($"dim[{axis}] is {header.Length(axis)}; expected at most {int.MaxValue}.");
}
