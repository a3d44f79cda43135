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
        Write(path, new(volume.Grid, volume.Channels, NiftiDataType.Float32, description, nifti2), OfImage, content =>
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
        where T : unmanaged
    {
        if (samples.Length != grid.Count)
            throw new ArgumentException($"{samples.Length} samples; expected {grid.Count}.", nameof(samples));

        using var files = new Files(path, new(grid, 1, TypeOf<T>(), description, false) { Flat = flat }, OfMap<T>());
        for (var z = 0; z < grid.Slices; z++)
            files.Content.Write(MemoryMarshal.AsBytes(samples.Slice(z * grid.PixelsPerSlice, grid.PixelsPerSlice)));
        files.Commit();
    }

    /// <summary>
    /// One map of a result, 0 outside its box; the file has the whole grid. It follows the computation: slices that are not
    /// there yet are waited for.
    /// </summary>
    /// <typeparam name="T"><see cref="byte"/> for a mask, <see cref="float"/> for a map.</typeparam>
    /// <param name="map">(D, H, W) of the box.</param>
    /// <exception cref="ArgumentException">Not one sample for each voxel of the box.</exception>
    /// <exception cref="OperationCanceledException">The computation ended before the last slice.</exception>
    public static void Write<T>(string path, RaterMaps maps, T[] map, string description = "")
        where T : unmanaged
    {
        if (map.Length != maps.Box.Count)
            throw new ArgumentException($"{map.Length} samples; expected {maps.Box.Count}.", nameof(map));

        Write(path, new(maps.Grid, 1, TypeOf<T>(), description, false), OfMap<T>(), content =>
        {
            var slice = new T[maps.Grid.PixelsPerSlice];
            for (var z = 0; z < maps.Grid.Slices; z++)
            {
                maps.CopySlice<T>(map, z, slice);
                content.Write(MemoryMarshal.AsBytes(slice.AsSpan()));
            }
        });
    }

    private static void Write(string path, NiftiLayout layout, ZLibCompressionOptions packing, Action<Stream> write)
    {
        using var files = new Files(path, layout, packing);
        write(files.Content);
        files.Commit();
    }

    /// <summary>Values of scanners are whole numbers, which come again: the quickest search finds most.</summary>
    private static ZLibCompressionOptions OfImage => new() { CompressionLevel = 1 };

    /// <summary>
    /// The digits of a computed map come never again. Looking for runs alone, which are the voxels outside the box, makes
    /// files 11 % smaller than the quickest search, which lengthens such maps, in half the time (baseline.md).
    /// </summary>
    private static ZLibCompressionOptions OfMap<T>() => typeof(T) == typeof(float)
        ? new() { CompressionLevel = 1, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding }
        : new() { CompressionLevel = 6 };

    /// <summary>The file, or the pair of files, and where the voxels go.</summary>
    private sealed class Files : IDisposable
    {
        private readonly AtomicFile voxels;
        private readonly AtomicFile? header;
        private readonly GZipStream? zip;

        public Files(string path, NiftiLayout layout, ZLibCompressionOptions packing)
        {
            var isPair = path.EndsWith(".hdr", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".img", StringComparison.OrdinalIgnoreCase);
            voxels = new AtomicFile(isPair ? Path.ChangeExtension(path, ".img") : path);
            header = isPair ? new AtomicFile(Path.ChangeExtension(path, ".hdr")) : null;
            zip = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new(voxels.Stream, packing, leaveOpen: true)
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

    private static NiftiDataType TypeOf<T>() => default(T) switch
    {
        byte => NiftiDataType.UInt8,
        short => NiftiDataType.Int16,
        float => NiftiDataType.Float32,
        _ => throw new ArgumentException($"{typeof(T)} samples; expected byte, short or float."),
    };
}
