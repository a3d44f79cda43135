using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MRNet.Imaging.Training;

/// <summary>Keeps prepared slices: in memory up to a limit, what comes after in a file that is gone when the store is.</summary>
/// <param name="limit">Bytes held in memory.</param>
/// <param name="file">Where the rest goes; replaced.</param>
public sealed class SliceStore(long limit, string file) : IDisposable
{
    private readonly Lock gate = new();
    private SafeFileHandle? handle;
    private long inMemory;
    private long inFile;

    /// <summary>Bytes in the file; 0 as long as memory was enough.</summary>
    public long InFile => inFile;

    /// <returns>Gives the pixels back, on any thread.</returns>
    /// <exception cref="ResourceLimitException">The disk is full.</exception>
    public Func<SlicePixels> Add(SlicePixels pixels)
    {
        var bytes = (long)pixels.Image.Length * sizeof(ushort) + pixels.Marks.Length;
        lock (gate)
        {
            if (inMemory + bytes > limit)
                return Spill(pixels);
            inMemory += bytes;
        }

        return () => pixels;
    }

    public void Dispose() => handle?.Dispose();

    private Func<SlicePixels> Spill(SlicePixels pixels)
    {
        var (image, marks, at) = (pixels.Image.Length, pixels.Marks.Length, inFile);
        try
        {
            handle ??= File.OpenHandle(file, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, FileOptions.DeleteOnClose);
            RandomAccess.Write(handle, MemoryMarshal.AsBytes<ushort>(pixels.Image), at);
            RandomAccess.Write(handle, pixels.Marks, at + image * sizeof(ushort));
        }
        catch (IOException error)
        {
            throw new ResourceLimitException($"The prepared slices need more than {limit >> 20} MB and {file} cannot be written ({error.Message}); free some disk, or raise memoryMb.", error);
        }

        inFile += image * sizeof(ushort) + marks;
        return () => Read(at, image, marks);
    }

    private SlicePixels Read(long at, int image, int marks)
    {
        var pixels = new SlicePixels(new ushort[image], new byte[marks]);
        Fill(MemoryMarshal.AsBytes(pixels.Image.AsSpan()), at);
        Fill(pixels.Marks, at + image * sizeof(ushort));
        return pixels;
    }

    private void Fill(Span<byte> target, long at)
    {
        for (var done = 0; done < target.Length;)
            done += RandomAccess.Read(handle!, target[done..], at + done) is var read and > 0
                ? read
                : throw new ResourceLimitException($"{file} was cut while in use; start the run again.");
    }
}
