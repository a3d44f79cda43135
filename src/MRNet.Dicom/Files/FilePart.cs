namespace MRNet.Dicom;

/// <summary>A file that values are read from when they are asked for. It is opened for each read, so that a series of a thousand files holds no handle.</summary>
internal sealed class ValueFile(string path, long length, DateTime written)
{
    public void Read(long offset, Span<byte> into)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            if (RandomAccess.GetLength(handle) != length || File.GetLastWriteTimeUtc(handle) != written)
                throw new DicomFileException($"The file changed after its header was read; {into.Length} bytes at offset {offset} are no longer the value they were.");
            for (var done = 0; done < into.Length;)
            {
                var got = RandomAccess.Read(handle, into[done..], offset + done);
                if (got == 0)
                    throw new DicomFileException($"The file ends at {offset + done}; expected {into.Length} bytes at {offset}.");
                done += got;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DicomFileException($"A value of {into.Length} bytes at offset {offset} could not be read: {error.Message}", error);
        }
    }
}

/// <summary>A large value left in its file.</summary>
/// <param name="swapSize">Bytes to turn round together for a big-endian file; 1 for none.</param>
internal sealed class FilePart(ValueFile file, long offset, long length, int swapSize) : DicomValueSource
{
    public override long Length => length;

    public override void Read(long at, Span<byte> into)
    {
        if (swapSize == 1)
        {
            file.Read(offset + at, into);
            return;
        }

        // A unit that is turned round is read whole, wherever the caller's slice starts.
        var lead = (int)(at % swapSize);
        var tail = (int)Math.Min(length - at - into.Length, (swapSize - ((at + into.Length) % swapSize)) % swapSize);
        var whole = GC.AllocateUninitializedArray<byte>(lead + into.Length + tail);
        file.Read(offset + at - lead, whole);
        ByteOrder.Swap(whole, swapSize);
        whole.AsSpan(lead, into.Length).CopyTo(into);
    }
}

internal static class ByteOrder
{
    /// <summary>Turns the bytes of each unit round; a rest shorter than a unit stays.</summary>
    public static void Swap(Span<byte> bytes, int size)
    {
        if (size < 2)
            return;
        for (var i = 0; i + size <= bytes.Length; i += size)
            bytes.Slice(i, size).Reverse();
    }
}
