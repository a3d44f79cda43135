using static System.FormattableString;

namespace MRNet.Imaging.Nifti;

/// <summary>A header as lines of text, for <c>mrnet inspect</c>.</summary>
internal static class NiftiDescription
{
    public static IEnumerable<string> Lines(NiftiHeader header)
    {
        yield return $"NIfTI-{header.Version}, {(header.BigEndian ? "big" : "little")}-endian, {(header.IsPair ? ".hdr/.img pair" : "one file")}";
        yield return $"size         {string.Join(" x ", header.Dim)}";
        yield return Invariant($"pixdim       {header.PixDim[1]:0.######} x {header.PixDim[2]:0.######} x {header.PixDim[3]:0.######} {Unit(header.Units)}");
        yield return $"datatype     {(int)header.DataType} ({header.DataType}), bitpix {header.BitPix}";
        yield return $"scaling      {Scaling(header)}";
        yield return $"vox_offset   {header.VoxOffset}";
        yield return $"sform_code   {header.SformCode} ({CodeName(header.SformCode)}){(header.SformCode > 0 ? Matrix(header.Srow) : "")}";
        yield return $"qform_code   {header.QformCode} ({CodeName(header.QformCode)}){(header.QformCode > 0 ? Turn(header) : "")}";
        yield return $"intent_code  {header.IntentCode}";
        if (header.Description.Length > 0)
            yield return $"descrip      {header.Description}";

        var (placed, trouble) = Place(header);
        yield return trouble is null ? $"voxels run   {placed}" : $"not readable {trouble}";
    }

    /// <summary>What the reader makes of the header, or why it refuses it.</summary>
    private static (string? Placed, string? Trouble) Place(NiftiHeader header)
    {
        try
        {
            var (grid, _) = NiftiGeometry.GridOf(header, slicesAreChannels: false, notes: []);
            return ($"to {Anatomy.Letter(grid.DirectionX)}, {Anatomy.Letter(grid.DirectionY)}, {Anatomy.Letter(grid.DirectionZ)}; "
                + Invariant($"first voxel at LPS {grid.OriginLps.X:0.###}, {grid.OriginLps.Y:0.###}, {grid.OriginLps.Z:0.###} mm"), null);
        }
        catch (ImagingException error)
        {
            return (null, error.Message);
        }
    }

    private static string Scaling(NiftiHeader header) => header.SclSlope is 0 or double.NaN
        ? Invariant($"none (scl_slope {header.SclSlope})")
        : Invariant($"stored * {header.SclSlope:0.######} + {header.SclInter:0.######}");

    private static string Matrix(NiftiAffine m) => Invariant(
        $" RAS i ({m.X.X:0.####}, {m.X.Y:0.####}, {m.X.Z:0.####}) j ({m.Y.X:0.####}, {m.Y.Y:0.####}, {m.Y.Z:0.####}) k ({m.Z.X:0.####}, {m.Z.Y:0.####}, {m.Z.Z:0.####}) origin ({m.Origin.X:0.####}, {m.Origin.Y:0.####}, {m.Origin.Z:0.####})");

    private static string Turn(NiftiHeader header) => Invariant(
        $" quatern ({header.Quaternion.X:0.######}, {header.Quaternion.Y:0.######}, {header.Quaternion.Z:0.######}) offset ({header.Qoffset.X:0.####}, {header.Qoffset.Y:0.####}, {header.Qoffset.Z:0.####}) qfac {header.PixDim[0]:0}");

    private static string Unit(int units) => (units & 7) switch { 1 => "m", 2 => "mm", 3 => "um", _ => "(no unit)" };

    private static string CodeName(int code) => code switch
    {
        0 => "unknown",
        1 => "scanner",
        2 => "aligned",
        3 => "Talairach",
        4 => "MNI 152",
        5 => "template",
        _ => "not a NIfTI code",
    };
}
