using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace MRNet.Dicom;

/// <summary>Raw deflate (RFC 1951), bounded: a small file must not fill the memory.</summary>
internal static class Inflate
{
    private const int FreeBytes = 1 << 20;

    /// <exception cref="DicomFileException">Damaged, or more than the limits of <paramref name="options"/>.</exception>
    public static ReadOnlyMemory<byte> All(ReadOnlyMemory<byte> deflated, DicomReadOptions options)
    {
        var limit = Math.Min(Math.Min(options.MaximumInflatedBytes, Array.MaxLength), FreeBytes + ((long)deflated.Length * options.MaximumInflateRatio));
        using var inflated = new MemoryStream();
        using var source = Stream(deflated);
        var chunk = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            while (source.Read(chunk) is > 0 and var got)
            {
                if (inflated.Length + got > limit)
                    throw new DicomFileException($"The deflated data set of {deflated.Length} bytes inflates to more than {limit}, the limit set.");
                inflated.Write(chunk, 0, got);
            }
        }
        catch (InvalidDataException error)
        {
            if (!options.Tolerant)
                throw new DicomFileException($"The deflated data set is damaged after {inflated.Length} bytes.", error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return inflated.GetBuffer().AsMemory(0, (int)inflated.Length);
    }

    /// <returns>How many bytes of <paramref name="into"/> were filled.</returns>
    public static int Into(ReadOnlyMemory<byte> deflated, Span<byte> into)
    {
        using var source = Stream(deflated);
        var done = 0;
        while (done < into.Length && source.Read(into[done..]) is > 0 and var got)
            done += got;
        return done;
    }

    private static DeflateStream Stream(ReadOnlyMemory<byte> deflated)
    {
        var array = MemoryMarshal.TryGetArray(deflated, out var segment) ? segment : new(deflated.ToArray());
        return new(new MemoryStream(array.Array!, array.Offset, array.Count, writable: false), CompressionMode.Decompress);
    }
}
