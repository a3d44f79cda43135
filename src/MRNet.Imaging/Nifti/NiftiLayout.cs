using System.Buffers.Binary;
using System.Text;

namespace MRNet.Imaging.Nifti;

/// <summary>What a file will hold, and its header as bytes, little-endian.</summary>
/// <param name="Channels">More than 1 makes a 4-D file.</param>
/// <param name="Nifti2">NIfTI-2 even where NIfTI-1 would do.</param>
internal sealed record NiftiLayout(Grid Grid, int Channels, NiftiDataType Type, string Description, bool Nifti2)
{
    /// <summary>One slice of one channel is stored without a third dimension.</summary>
    public bool Flat { get; init; }

    private int[] Dims => [Rank, Grid.Columns, Grid.Rows, Grid.Slices, Channels, 1, 1, 1];

    private int Rank => Channels > 1 ? 4 : Flat && Grid.Slices == 1 ? 2 : 3;

    private short FormCode => (short)(Grid.HasPatientSpace ? 1 : 0);

    private byte Units => (byte)(Grid.HasPatientSpace ? 2 : 0); // mm

    /// <param name="isPair">The voxels are in a file of their own.</param>
    public byte[] Header(bool isPair) => Nifti2 || Dims.Any(n => n > short.MaxValue) ? Header2(isPair) : Header1(isPair);

    private byte[] Header1(bool isPair)
    {
        const int size = 348;
        var bytes = new byte[isPair ? size : size + 4]; // four bytes that say "no extension"
        var affine = NiftiAffine.OfGrid(Grid);
        var (quaternion, qfac) = affine.ToQuaternion();

        Int32(bytes, 0, size);
        for (var i = 0; i < Dims.Length; i++)
            Int16(bytes, 40 + 2 * i, (short)Dims[i]);
        Int16(bytes, 70, (short)Type);
        Int16(bytes, 72, (short)Type.Bits());
        Singles(bytes, 76, [qfac, Grid.SpacingMm.X, Grid.SpacingMm.Y, Grid.SpacingMm.Z, 1, 1, 1, 1]);
        Singles(bytes, 108, [isPair ? 0 : bytes.Length, 1, 0]); // vox_offset, scl_slope, scl_inter
        bytes[123] = Units;                                     // xyzt_units
        Text(bytes.AsSpan(148, 80));                            // descrip
        Int16(bytes, 252, FormCode);                            // qform_code
        Int16(bytes, 254, FormCode);                            // sform_code
        Singles(bytes, 256, [quaternion.X, quaternion.Y, quaternion.Z, affine.Origin.X, affine.Origin.Y, affine.Origin.Z]);
        Singles(bytes, 280, Rows(affine));
        (isPair ? "ni1"u8 : "n+1"u8).CopyTo(bytes.AsSpan(344));
        return bytes;
    }

    private byte[] Header2(bool isPair)
    {
        const int size = 540;
        var bytes = new byte[isPair ? size : size + 4];
        var affine = NiftiAffine.OfGrid(Grid);
        var (quaternion, qfac) = affine.ToQuaternion();

        Int32(bytes, 0, size);
        (isPair ? "ni2\0\r\n\x1a\n"u8 : "n+2\0\r\n\x1a\n"u8).CopyTo(bytes.AsSpan(4));
        Int16(bytes, 12, (short)Type);
        Int16(bytes, 14, (short)Type.Bits());
        for (var i = 0; i < Dims.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16 + 8 * i), Dims[i]);
        Doubles(bytes, 104, [qfac, Grid.SpacingMm.X, Grid.SpacingMm.Y, Grid.SpacingMm.Z, 1, 1, 1, 1]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(168), isPair ? 0 : bytes.Length); // vox_offset
        Doubles(bytes, 176, [1, 0]);                            // scl_slope, scl_inter
        Text(bytes.AsSpan(240, 80));                            // descrip
        Int32(bytes, 344, FormCode);                            // qform_code
        Int32(bytes, 348, FormCode);                            // sform_code
        Doubles(bytes, 352, [quaternion.X, quaternion.Y, quaternion.Z, affine.Origin.X, affine.Origin.Y, affine.Origin.Z]);
        Doubles(bytes, 400, Rows(affine));
        Int32(bytes, 500, Units);                               // xyzt_units
        return bytes;
    }

    /// <summary>srow_x, srow_y, srow_z.</summary>
    private static double[] Rows(NiftiAffine affine) =>
    [
        affine.X.X, affine.Y.X, affine.Z.X, affine.Origin.X,
        affine.X.Y, affine.Y.Y, affine.Z.Y, affine.Origin.Y,
        affine.X.Z, affine.Y.Z, affine.Z.Z, affine.Origin.Z,
    ];

    private static void Int16(byte[] bytes, int at, short value) => BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(at), value);

    private static void Int32(byte[] bytes, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);

    private static void Singles(byte[] bytes, int at, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(at + 4 * i), (float)values[i]);
    }

    private static void Doubles(byte[] bytes, int at, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(at + 8 * i), values[i]);
    }

    /// <summary>The description as ASCII, cut to leave the last byte 0.</summary>
    private void Text(Span<byte> bytes) => Encoding.ASCII.GetBytes(Description.AsSpan(0, Math.Min(Description.Length, bytes.Length - 1)), bytes);
}
