using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>Which fragments make up which frame, PS3.5 A.4: by offset table, by extended offset table, by count, or by where streams start.</summary>
internal static class FrameFragments
{
    private const int ItemHeader = 8;

    public static ReadOnlyMemory<byte> Frame(DicomDataset dataset, DicomFragmentSequence pixels, int frames, int index, int[] starts)
    {
        var fragments = pixels.Fragments;
        var end = index + 1 < frames ? starts[index + 1] : fragments.Count;
        var whole = Join(fragments, starts[index], end);
        if (!TryExtendedLength(dataset, frames, index, out var length))
            return whole;
        return length <= (ulong)whole.Length ? whole[..(int)length] : whole;
    }

    /// <returns>For each frame, its first fragment.</returns>
    public static int[] Starts(DicomDataset dataset, DicomFragmentSequence pixels, int frames, DicomTransferSyntax syntax)
    {
        var fragments = pixels.Fragments;
        if (frames == 1)
            return fragments.Count > 0 ? [0] : throw new DicomCodecException($"{DicomTag.PixelData.Named()} has no fragment for its frame.");
        var offsets = Offsets(dataset, pixels, frames);
        if (offsets is not null && ByOffset(fragments, offsets) is { } found)
            return found;
        if (fragments.Count == frames)
            return [.. Enumerable.Range(0, frames)];
        int[] starts = [.. Enumerable.Range(0, fragments.Count).Where(i => IsStart(fragments[i].Bytes.Span, syntax))];
        if (starts.Length == frames)
            return starts;
        throw new DicomCodecException(
            $"{DicomTag.PixelData.Named()} has {fragments.Count} fragments and no usable offset table for {frames} frames, and {starts.Length} fragments start a stream.");
    }

    private static ulong[]? Offsets(DicomDataset dataset, DicomFragmentSequence pixels, int frames)
    {
        if (pixels.OffsetTable.Count == frames)
            return [.. pixels.OffsetTable.Select(offset => (ulong)offset)];
        return dataset.TryGetValues<ulong>(DicomTag.ExtendedOffsetTable, out var extended) && extended.Length == frames ? extended : null;
    }

    private static bool TryExtendedLength(DicomDataset dataset, int frames, int index, out ulong length)
    {
        length = 0;
        if (!dataset.Contains(DicomTag.ExtendedOffsetTableLengths) || dataset.GetValueCount(DicomTag.ExtendedOffsetTableLengths) != frames)
            return false;
        return dataset.TryGetValue(DicomTag.ExtendedOffsetTableLengths, index, out length);
    }

    /// <returns>The fragments the offsets point to; null if one points between fragments.</returns>
    private static int[]? ByOffset(IReadOnlyList<DicomFragment> fragments, ulong[] offsets)
    {
        var starts = new int[offsets.Length];
        var (fragment, at) = (0, 0UL);
        for (var frame = 0; frame < offsets.Length; frame++)
        {
            while (fragment < fragments.Count && at < offsets[frame])
                at += ItemHeader + (ulong)(fragments[fragment].Length + (fragments[fragment++].Length & 1));
            if (fragment >= fragments.Count || at != offsets[frame] || (frame > 0 && starts[frame - 1] >= fragment))
                return null;
            starts[frame] = fragment;
        }

        return starts[0] == 0 ? starts : null;
    }

    private static bool IsStart(ReadOnlySpan<byte> fragment, DicomTransferSyntax syntax)
    {
        if (fragment.Length < 4)
            return false;
        if (syntax == DicomTransferSyntax.RLELossless)
            return fragment.Length >= 64 && BinaryPrimitives.ReadUInt32LittleEndian(fragment) is >= 1 and <= 15 && BinaryPrimitives.ReadUInt32LittleEndian(fragment[4..]) == 64;
        return fragment is [0xFF, 0xD8, 0xFF, ..] or [0xFF, 0x4F, 0xFF, 0x51, ..] or [0, 0, 0, 0x0C, ..];
    }

    private static ReadOnlyMemory<byte> Join(IReadOnlyList<DicomFragment> fragments, int start, int end)
    {
        if (end - start == 1)
            return fragments[start].Bytes;
        long length = 0;
        for (var i = start; i < end; i++)
            length += fragments[i].Length;
        if (length > Array.MaxLength)
            throw new DicomCodecException($"The fragments of one frame have {length} bytes; at most {Array.MaxLength} are joined.");
        var whole = new byte[length];
        for (var (i, at) = (start, 0); i < end; at += fragments[i++].Length)
            fragments[i].Bytes.CopyTo(whole.AsMemory(at));
        return whole;
    }
}
