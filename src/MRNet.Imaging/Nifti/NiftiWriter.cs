using System.IO.Compression;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Nifti;

/// <summary>
/// Writes NIfTI, little-endian: one file (.nii, .nii.gz) or a pair (.hdr or .img names both) by the name; NIfTI-1, or NIfTI-2
/// where asked or where a side is too long for NIfTI-1. sform and qform say the same (code 1, scanner); a photograph, which
/// has no place in a patient, gets neither.
/// </summary>
public static class NiftiWriter
{
    /// <summary>float32; channels become the volumes of a 4-D file.</summary>
    /// <param name="nifti2">Write NIfTI-2 even where NIfTI-1 would do.</param>
    public static void Write(string path, Volume volume, string description = "", bool nifti2 = false) =>
        Write(path, new(volume.Grid, volume.Channels, NiftiDataType.Float32, description, nifti2), content =>
        {
            for (var channel = 0; channel < volume.Channels; channel++)
                for (var slice = 0; slice < volume.Grid.Slices; slice++)
                    content.Write(MemoryMarshal.AsBytes(volume.Slice(slice, channel)));
        });

    /// <summary>One value for each voxel of the grid.</summary>
    /// <typeparam name="T"><see cref="byte"/>, <see cref="short"/> or <see cref="float"/>.</typeparam>
    /// <param name="samples">(D, H, W)</param>
    /// <param name="flat">One slice is stored without a third dimension.</param>
    /// <exception cref="ArgumentException">Not one sample for each voxel.</exception>
    public static void Write<T>(string path, Grid grid, ReadOnlySpan<T> samples, string description = "", bool flat = false)
        where T : unmanaged => Write(path, grid, grid.Whole, samples, description, flat);

    /// <summary>One value for each voxel of a box of the grid, 0 outside it; the file has the whole grid.</summary>
    /// <typeparam name="T"><see cref="byte"/>, <see cref="short"/> or <see cref="float"/>.</typeparam>
    /// <param name="samples">(D, H, W) of the box.</param>
    /// <exception cref="ArgumentException">Not one sample for each voxel of the box, or the box lies outside the grid.</exception>
    /// <param name="flat">One slice is stored without a third dimension.</param>
    public static void Write<T>(string path, Grid grid, VoxelBox box, ReadOnlySpan<T> samples, string description = "", bool flat = false)
        where T : unmanaged
    {
        if (!box.IsWithin(grid))
            throw new ArgumentException("The box lies outside the grid.", nameof(box));
        if (samples.Length != box.Count)
            throw new ArgumentException($"{samples.Length} samples; expected {box.Count}.", nameof(samples));

        using var files = new Files(path, new(grid, 1, TypeOf<T>(), description, false) { Flat = flat });
        Lay(files.Content, grid, box, samples);
        files.Commit();
    }

    private static void Write(string path, NiftiLayout layout, Action<Stream> write)
    {
        using var files = new Files(path, layout);
        write(files.Content);
        files.Commit();
    }

    /// <summary>The file, or the pair of files, and where the voxels go.</summary>
    private sealed class Files : IDisposable
    {
        private readonly AtomicFile voxels;
        private readonly AtomicFile? header;
        private readonly GZipStream? zip;

        public Files(string path, NiftiLayout layout)
        {
            var isPair = path.EndsWith(".hdr", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".img", StringComparison.OrdinalIgnoreCase);
            voxels = new AtomicFile(isPair ? Path.ChangeExtension(path, ".img") : path);
            header = isPair ? new AtomicFile(Path.ChangeExtension(path, ".hdr")) : null;
            zip = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new(voxels.Stream, layout.Type == NiftiDataType.Float32 ? CompressionLevel.Fastest : CompressionLevel.Optimal, leaveOpen: true) // noise hardly shrinks however long one tries
                : null;
            (header?.Stream ?? Content).Write(layout.Header(isPair));
        }

        public Stream Content => zip ?? voxels.Stream;

        public void Commit()
        {
            zip?.Dispose();
            voxels.Commit();
            header?.Commit(); // last: without it the voxels are no image
        }

        public void Dispose()
        {
            zip?.Dispose();
            voxels.Dispose();
            header?.Dispose();
        }
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

    private static NiftiDataType TypeOf<T>() => default(T) switch
    {
        byte => NiftiDataType.UInt8,
        short => NiftiDataType.Int16,
        float => NiftiDataType.Float32,
        _ => throw new ArgumentException($"{typeof(T)} samples; expected byte, short or float."),
    };
}
