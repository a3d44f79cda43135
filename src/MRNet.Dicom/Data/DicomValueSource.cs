namespace MRNet.Dicom;

/// <summary>
/// A value that is not held in memory: it lies in a file, or is made when it is asked for. Written in steps of a megabyte,
/// so that pixel data may be larger than memory.
/// </summary>
public abstract class DicomValueSource
{
    /// <summary>Bytes of the value.</summary>
    public abstract long Length { get; }

    /// <summary>Reads a part of the value; the same part is the same bytes each time.</summary>
    /// <param name="at">The first byte, from 0.</param>
    /// <param name="into">As many bytes as are wanted, all within the value.</param>
    public abstract void Read(long at, Span<byte> into);

    internal byte[] Read(long at, int count)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(count);
        Read(at, bytes);
        return bytes;
    }
}
