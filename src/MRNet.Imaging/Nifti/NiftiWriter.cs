using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace MRNet.Imaging.Nifti;

/// <summary>
/// Writes NIfTI-1, little-endian, one file, .nii or .nii.gz by the name. sform and qform say the same (code 1, scanner);
/// a photograph, which has no place in a patient, gets neither.
/// </summary>
public static class NiftiWriter
{
    private const int HeaderSize = 348;
    private const int VoxOffset = 352; // the header and four bytes that say "no extension"

    /// <summary>float32; channels become the volumes of a 4-D file.</summary>
    public static void Write(string path, Volume volume, string description = "")
    {
        using var file = new AtomicFile(path);
        using (var zip = Zip(path, file.Stream, NiftiDataType.Float32))
        {
            var content = zip ?? file.Stream;
            content.Write(Header(volume.Grid, volume.Channels, NiftiDataType.Float32, description));
            for (var channel = 0; channel < volume.Channels; channel++)
                for (var slice = 0; slice < volume.Grid.Slices; slice++)
                    content.Write(MemoryMarshal.AsBytes(volume.Slice(slice, channel)));
        }

        file.Commit();
    }

    /// <summary>One value for each voxel of the grid.</summary>
    /// <typeparam name="T"><see cref="byte"/>, <see cref="short"/> or <see cref="float"/>.</typeparam>
    /// <param name="samples">(D, H, W)</param>
    /// <exception cref="ArgumentException">Not one sample for each voxel.</exception>
    public static void Write<T>(string path, Grid grid, ReadOnlySpan<T> samples, string description = "")
        where T : unmanaged => Write(path, grid, grid.Whole, samples, description);

    /// <summary>One value for each voxel of a box of the grid, 0 outside it; the file has the whole grid.</summary>
    /// <typeparam name="T"><see cref="byte"/>, <see cref="short"/> or <see cref="float"/>.</typeparam>
    /// <param name="samples">(D, H, W) of the box.</param>
    /// <exception cref="ArgumentException">Not one sample for each voxel of the box, or the box lies outside the grid.</exception>
    public static void Write<T>(string path, Grid grid, VoxelBox box, ReadOnlySpan<T> samples, string description = "")
        where T : unmanaged
    {
        if (!box.IsWithin(grid))
            throw new ArgumentException("The box lies outside the grid.", nameof(box));
        if (samples.Length != box.Count)
            throw new ArgumentException($"{samples.Length} samples; expected {box.Count}.", nameof(samples));

        using var file = new AtomicFile(path);
        using (var zip = Zip(path, file.Stream, TypeOf<T>()))
        {
            var content = zip ?? file.Stream;
            content.Write(Header(grid, 1, TypeOf<T>(), description));
            Lay(content, grid, box, samples);
        }

        file.Commit();
    }

    private static void Lay<T>(Stream stream, Grid grid, VoxelBox box, ReadOnlySpan<T> samples)
        where T : unmanaged
    {
        var slice = new T[grid.PixelsPerSlice];
        for (var z = 0; z < grid.Slices; z++)
        {
            Array.Clear(slice);
            if (z >= box.Z && z < box.Z + box.Slices)
                for (var y = 0; y < box.Rows; y++)
                    samples.Slice(((z - box.Z) * box.Rows + y) * box.Columns, box.Columns).CopyTo(slice.AsSpan((box.Y + y) * grid.Columns + box.X));
            stream.Write(MemoryMarshal.AsBytes(slice.AsSpan()));
        }
    }

    /// <summary>The zipping stream where the name asks for one, else null.</summary>
    private static GZipStream? Zip(string path, Stream file, NiftiDataType type) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
        ? new(file, type == NiftiDataType.Float32 ? CompressionLevel.Fastest : CompressionLevel.Optimal, leaveOpen: true) // noise hardly shrinks however long one tries
        : null;

    private static byte[] Header(Grid grid, int channels, NiftiDataType type, string description)
    {
        var bytes = new byte[VoxOffset];
        var affine = NiftiAffine.OfGrid(grid);
        var (quaternion, qfac) = affine.ToQuaternion();
        var code = (short)(grid.HasPatientSpace ? 1 : 0);

        Int32(bytes, 0, HeaderSize);
        Dims(bytes, channels > 1 ? [4, grid.Columns, grid.Rows, grid.Slices, channels] : [3, grid.Columns, grid.Rows, grid.Slices]);
        Int16(bytes, 70, (short)type);
        Int16(bytes, 72, (short)type.Bits());
        Singles(bytes, 76, [qfac, grid.SpacingMm.X, grid.SpacingMm.Y, grid.SpacingMm.Z, 1, 1, 1, 1]);
        Singles(bytes, 108, [VoxOffset, 1, 0]);              // vox_offset, scl_slope, scl_inter
        bytes[123] = (byte)(grid.HasPatientSpace ? 2 : 0);   // xyzt_units: mm
        Text(bytes.AsSpan(148, 80), description);            // descrip
        Int16(bytes, 252, code);                             // qform_code
        Int16(bytes, 254, code);                             // sform_code
        Singles(bytes, 256, [quaternion.X, quaternion.Y, quaternion.Z, affine.Origin.X, affine.Origin.Y, affine.Origin.Z]);
        Singles(bytes, 280, [affine.X.X, affine.Y.X, affine.Z.X, affine.Origin.X]);
        Singles(bytes, 296, [affine.X.Y, affine.Y.Y, affine.Z.Y, affine.Origin.Y]);
        Singles(bytes, 312, [affine.X.Z, affine.Y.Z, affine.Z.Z, affine.Origin.Z]);
        "n+1"u8.CopyTo(bytes.AsSpan(344));
        return bytes;
    }

    private static void Dims(byte[] bytes, ReadOnlySpan<int> dims)
    {
        for (var i = 0; i < 8; i++)
        {
            var n = i < dims.Length ? dims[i] : 1;
            Int16(bytes, 40 + 2 * i, n <= short.MaxValue
                ? (short)n
                : throw new UnsupportedImageException($"dim[{i}] would be {n}; NIfTI-1 holds at most {short.MaxValue}."));
        }
    }

    private static void Int16(byte[] bytes, int at, short value) => BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(at), value);

    private static void Int32(byte[] bytes, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);

    private static void Singles(byte[] bytes, int at, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(at + 4 * i), (float)values[i]);
    }

    /// <summary>ASCII, cut to leave the last byte 0.</summary>
    private static void Text(Span<byte> bytes, string text) =>
        Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, bytes.Length - 1)), bytes);

    private static NiftiDataType TypeOf<T>() => default(T) switch
    {
        byte => NiftiDataType.UInt8,
        short => NiftiDataType.Int16,
        float => NiftiDataType.Float32,
        _ => throw new ArgumentException($"{typeof(T)} samples; expected byte, short or float."),
    };
}
