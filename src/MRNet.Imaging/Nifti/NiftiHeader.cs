using System.Buffers.Binary;

namespace MRNet.Imaging.Nifti;

/// <summary>The header of a NIfTI-1 or NIfTI-2 file, in the words of nifti1.h and nifti2.h.</summary>
public sealed record NiftiHeader
{
    internal const int Size1 = 348;
    internal const int Size2 = 540;

    /// <summary>1 or 2.</summary>
    public required int Version { get; init; }

    public required bool BigEndian { get; init; }

    /// <summary>True when the voxels are in an .img file beside the header.</summary>
    public required bool IsPair { get; init; }

    /// <summary>dim[1] to dim[dim[0]]</summary>
    public required IReadOnlyList<long> Dim { get; init; }

    public required NiftiDataType DataType { get; init; }

    public required int BitPix { get; init; }

    /// <summary>pixdim[0..7]; pixdim[0] is qfac.</summary>
    public required IReadOnlyList<double> PixDim { get; init; }

    /// <summary>Where the voxels start in their file, in bytes.</summary>
    public required long VoxOffset { get; init; }

    /// <summary>A value is stored * slope + intercept; 0 means that there is no such rule.</summary>
    public required double SclSlope { get; init; }

    public required double SclInter { get; init; }

    public required int QformCode { get; init; }

    public required int SformCode { get; init; }

    /// <summary>quatern_b, c, d</summary>
    public required Vector3 Quaternion { get; init; }

    /// <summary>qoffset_x, y, z</summary>
    public required Vector3 Qoffset { get; init; }

    /// <summary>srow_x, y, z as columns of the matrix.</summary>
    public required NiftiAffine Srow { get; init; }

    /// <summary>xyzt_units</summary>
    public required int Units { get; init; }

    public required int IntentCode { get; init; }

    public required string Description { get; init; }

    /// <summary>Voxels of all volumes, or -1 when that is more than a 64-bit number holds.</summary>
    public long Count
    {
        get
        {
            UInt128 count = 1;
            foreach (var n in Dim)
                count = count > long.MaxValue ? count : count * (UInt128)n;
            return count > long.MaxValue ? -1 : (long)count;
        }
    }

    /// <summary>Product of dim[4] and beyond.</summary>
    public long Volumes => Dim.Skip(3).Aggregate(1L, (product, n) => checked(product * n));

    /// <summary>dim[axis], 1 for an axis the image has not.</summary>
    internal long Length(int axis) => axis <= Dim.Count ? Dim[axis - 1] : 1;

    /// <param name="bytes">The first bytes of the file, unzipped: 348 or 540, or all there are.</param>
    /// <exception cref="InvalidImageException">Not NIfTI, or a field no NIfTI file can have.</exception>
    /// <exception cref="UnsupportedImageException">Another format that we know by name.</exception>
    public static NiftiHeader Parse(ReadOnlySpan<byte> bytes)
    {
        var (size, bigEndian) = SizeOf(bytes);
        if (bytes.Length < size)
            throw new InvalidImageException($"A NIfTI header of this kind has {size} bytes; found {bytes.Length}.");

        var header = size == Size1 ? Parse1(new(bytes, bigEndian)) : Parse2(new(bytes, bigEndian));
        return header.Checked();
    }

    /// <summary>How long the header is and in which byte order, from its first four bytes.</summary>
    internal static (int Size, bool BigEndian) SizeOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
            throw new InvalidImageException($"A NIfTI header has {Size1} or {Size2} bytes; found {bytes.Length}.");

        var (little, big) = (BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes));
        if (little is Size1 or Size2)
            return (little, false);
        if (big is Size1 or Size2)
            return (big, true);
        throw OtherFormats.Named(bytes) ?? (ImagingException)new InvalidImageException($"sizeof_hdr is {little}; expected {Size1} (NIfTI-1) or {Size2} (NIfTI-2).");
    }

    /// <summary>The header as lines for a person.</summary>
    public IEnumerable<string> Describe() => NiftiDescription.Lines(this);

    private static NiftiHeader Parse1(NiftiFields fields)
    {
        if (fields.Text(344, 4) is var magic and not ("n+1" or "ni1"))
            throw magic.Length == 0
                ? new UnsupportedImageException("The header is Analyze 7.5 (no NIfTI magic): it does not say left from right; convert it to NIfTI first.")
                : new InvalidImageException($"magic is '{magic}'; expected 'n+1' or 'ni1'.");

        return new()
        {
            Version = 1,
            BigEndian = fields.BigEndian,
            IsPair = fields.Byte(345) == (byte)'i',
            Dim = Dims(fields, 40, 2),
            IntentCode = fields.Int16(68),
            DataType = (NiftiDataType)fields.Int16(70),
            BitPix = fields.Int16(72),
            PixDim = [fields.Single(76), fields.Single(80), fields.Single(84), fields.Single(88), fields.Single(92), fields.Single(96), fields.Single(100), fields.Single(104)],
            VoxOffset = Whole(fields.Single(108)),
            SclSlope = fields.Single(112),
            SclInter = fields.Single(116),
            Units = fields.Byte(123),
            Description = fields.Text(148, 80),
            QformCode = fields.Int16(252),
            SformCode = fields.Int16(254),
            Quaternion = fields.Singles(256),
            Qoffset = fields.Singles(268),
            Srow = Columns(fields.Singles(280), fields.Singles(296), fields.Singles(312), new(fields.Single(292), fields.Single(308), fields.Single(324))),
        };
    }

    private static NiftiHeader Parse2(NiftiFields fields)
    {
        if (fields.Text(4, 4) is var magic and not ("n+2" or "ni2"))
            throw new InvalidImageException($"magic is '{magic}'; expected 'n+2' or 'ni2'.");

        return new()
        {
            Version = 2,
            BigEndian = fields.BigEndian,
            IsPair = fields.Byte(5) == (byte)'i',
            DataType = (NiftiDataType)fields.Int16(12),
            BitPix = fields.Int16(14),
            Dim = Dims(fields, 16, 8),
            PixDim = [fields.Double(104), fields.Double(112), fields.Double(120), fields.Double(128), fields.Double(136), fields.Double(144), fields.Double(152), fields.Double(160)],
            VoxOffset = fields.Int64(168),
            SclSlope = fields.Double(176),
            SclInter = fields.Double(184),
            Description = fields.Text(240, 80),
            QformCode = fields.Int32(344),
            SformCode = fields.Int32(348),
            Quaternion = fields.Doubles(352),
            Qoffset = fields.Doubles(376),
            Srow = Columns(fields.Doubles(400), fields.Doubles(432), fields.Doubles(464), new(fields.Double(424), fields.Double(456), fields.Double(488))),
            Units = fields.Int32(500),
            IntentCode = fields.Int32(504),
        };
    }

    private static long[] Dims(NiftiFields fields, int at, int width)
    {
        long Dim(NiftiFields from, int i) => width == 2 ? from.Int16(at + 2 * i) : from.Int64(at + 8 * i);

        var axes = Dim(fields, 0);
        if (axes is < 1 or > 7)
            throw new InvalidImageException($"dim[0] is {axes}; expected 1 to 7.");

        var dims = new long[axes];
        for (var i = 0; i < dims.Length; i++)
            if ((dims[i] = Dim(fields, i + 1)) < 1)
                throw new InvalidImageException($"dim[{i + 1}] is {dims[i]}; expected at least 1.");
        return dims;
    }

    private static NiftiAffine Columns(Vector3 x, Vector3 y, Vector3 z, Vector3 origin) =>
        new(new(x.X, y.X, z.X), new(x.Y, y.Y, z.Y), new(x.Z, y.Z, z.Z), origin);

    private static long Whole(double offset) => offset is >= 0 and < 1e15 && offset == Math.Floor(offset)
        ? (long)offset
        : throw new InvalidImageException(FormattableString.Invariant($"vox_offset is {offset}; expected a whole number of bytes."));

    private NiftiHeader Checked()
    {
        // CIFTI-2 is a matrix of surface points in a NIfTI-2 coat: its intent codes are 3000 to 3099.
        if (IntentCode is >= 3000 and < 3100)
            throw new UnsupportedImageException($"intent_code is {IntentCode}: CIFTI, points on a surface and no image; expected voxels.");
        if (DataType.Bits() is 0)
            throw new InvalidImageException($"datatype is {(int)DataType}; expected one of NIfTI's, such as 4 (int16) or 16 (float32).");
        if (BitPix != DataType.Bits())
            throw new InvalidImageException($"bitpix is {BitPix}; expected {DataType.Bits()} for datatype {(int)DataType} ({DataType}).");

        for (var axis = 1; axis <= Math.Min(3, Dim.Count); axis++)
            if (!double.IsFinite(PixDim[axis]) || PixDim[axis] == 0)
                throw new InvalidImageException(FormattableString.Invariant($"pixdim[{axis}] is {PixDim[axis]}; expected the distance between voxels."));

        var least = IsPair ? 0 : (Version == 1 ? Size1 : Size2);
        if (VoxOffset < least && VoxOffset != 0)
            throw new InvalidImageException($"vox_offset is {VoxOffset}; expected at least {least}.");
        return VoxOffset == 0 && !IsPair ? this with { VoxOffset = least + 4 } : this; // 0 is widely written for "right after the header"
    }
}
