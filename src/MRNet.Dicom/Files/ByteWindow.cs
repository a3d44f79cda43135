namespace MRNet.Dicom;

/// <summary>
/// The bytes of a file or a buffer, seen through a window that moves forward. Windows are never reused: values point
/// into them without a copy.
/// </summary>
internal sealed class ByteWindow
{
    private const int First = 8 * 1024; // the header of one CT or MR slice fits: one read
    private const int AfterSkip = 1024;
    private const int Largest = 1 << 20;

    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle? handle;
    private ReadOnlyMemory<byte> window;
    private long start;
    private int next = First;

    public ByteWindow(ReadOnlyMemory<byte> bytes)
    {
        window = bytes;
        Length = bytes.Length;
    }

    public ByteWindow(Microsoft.Win32.SafeHandles.SafeFileHandle handle, ValueFile file, long length)
    {
        this.handle = handle;
        File = file;
        Length = length;
    }

    public long Length { get; }

    /// <summary>Where large values may be left; null when all is in memory.</summary>
    public ValueFile? File { get; }

    /// <param name="count">At most what is left; the caller has checked.</param>
    public ReadOnlyMemory<byte> Memory(long offset, int count)
    {
        if (offset < start || offset + count > start + window.Length)
            Move(offset, count);
        return window.Slice((int)(offset - start), count);
    }

    public ReadOnlySpan<byte> Span(long offset, int count) => Memory(offset, count).Span;

    private void Move(long offset, int count)
    {
        var follows = offset <= start + window.Length;
        next = window.IsEmpty ? First : follows ? Math.Min(next * 4, Largest) : AfterSkip;
        var size = (int)Math.Min(Length - offset, Math.Max(count, next));
        var bytes = GC.AllocateUninitializedArray<byte>(size);
        for (var done = 0; done < size;)
        {
            var got = RandomAccess.Read(handle!, bytes.AsSpan(done), offset + done);
            if (got == 0)
                throw new DicomFileException($"The file became shorter while it was read: it ends at {offset + done}, expected {Length}.");
            done += got;
        }

        (window, start) = (bytes, offset);
    }
}
