using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>Palette colour lookup tables, PS3.3 C.7.6.3.1.5 and .6, also segmented (C.7.9.2); as 8-bit RGB.</summary>
internal sealed class PaletteColor
{
    private const int MaximumEntries = 65536;

    private readonly byte[][] tables = new byte[3][];
    private readonly int first;

    public PaletteColor(DicomDataset dataset)
    {
        (DicomTag Descriptor, DicomTag Data, DicomTag Segmented)[] colours =
        [
            (DicomTag.RedPaletteColorLookupTableDescriptor, DicomTag.RedPaletteColorLookupTableData, DicomTag.SegmentedRedPaletteColorLookupTableData),
            (DicomTag.GreenPaletteColorLookupTableDescriptor, DicomTag.GreenPaletteColorLookupTableData, DicomTag.SegmentedGreenPaletteColorLookupTableData),
            (DicomTag.BluePaletteColorLookupTableDescriptor, DicomTag.BluePaletteColorLookupTableData, DicomTag.SegmentedBluePaletteColorLookupTableData),
        ];
        for (var i = 0; i < 3; i++)
        {
            var (descriptor, data, segmented) = colours[i];
            // The second value is signed when pixels are; the others never are, whatever the VR says.
            if (!dataset.TryGetRaw(descriptor, out var raw) || raw.Length < 6)
                throw new DicomValueException($"{descriptor.Named()} is missing or has less than three values.");
            var entries = BinaryPrimitives.ReadUInt16LittleEndian(raw.Span) is var n && n == 0 ? MaximumEntries : n;
            var bits = BinaryPrimitives.ReadUInt16LittleEndian(raw.Span[4..]);
            first = dataset.GetSingleValueOrDefault(DicomTag.PixelRepresentation, 0) == 1
                ? BinaryPrimitives.ReadInt16LittleEndian(raw.Span[2..])
                : BinaryPrimitives.ReadUInt16LittleEndian(raw.Span[2..]);
            if (bits is not (8 or 16))
                throw new DicomValueException($"{descriptor.Named()} says {bits} bits; wanted 8 or 16.");
            if (dataset.TryGetRaw(data, out var plain))
                tables[i] = To8Bits(Plain(plain.Span, entries, data), bits);
            else if (dataset.TryGetRaw(segmented, out var segments))
                tables[i] = To8Bits(Expand(segments.Span, entries, bits, segmented), bits);
            else
                throw new DicomValueException($"{data.Named()} is missing.");
        }
    }

    public byte[] Apply(ReadOnlySpan<byte> frame, DicomPixelData pixels)
    {
        var size = Math.Max(1, pixels.BitsAllocated / 8);
        if (size > 2)
            throw new DicomValueException($"PALETTE COLOR with Bits Allocated {pixels.BitsAllocated} is not read; wanted 8 or 16.");
        var rgb = new byte[frame.Length / size * 3];
        for (var i = 0; i < frame.Length / size; i++)
        {
            int value = (size, pixels.PixelRepresentation) switch
            {
                (1, 0) => frame[i],
                (1, _) => (sbyte)frame[i],
                (_, 0) => BinaryPrimitives.ReadUInt16LittleEndian(frame[(2 * i)..]),
                _ => BinaryPrimitives.ReadInt16LittleEndian(frame[(2 * i)..]),
            };
            for (var c = 0; c < 3; c++)
                rgb[(3 * i) + c] = tables[c][Math.Clamp(value - first, 0, tables[c].Length - 1)];
        }

        return rgb;
    }

    /// <summary>8-bit entries may be stored one to a byte, or one to a word.</summary>
    private static ushort[] Plain(ReadOnlySpan<byte> data, int entries, DicomTag tag)
    {
        var table = new ushort[entries];
        if (data.Length >= 2 * entries)
        {
            for (var i = 0; i < entries; i++)
                table[i] = BinaryPrimitives.ReadUInt16LittleEndian(data[(2 * i)..]);
            return table;
        }

        if (data.Length < entries)
            throw new DicomValueException($"{tag.Named()} has {data.Length} bytes for {entries} entries.");
        for (var i = 0; i < entries; i++)
            table[i] = data[i];
        return table;
    }

    /// <summary>Discrete, linear and indirect segments.</summary>
    private static ushort[] Expand(ReadOnlySpan<byte> data, int entries, int bits, DicomTag tag)
    {
        var words = new ushort[bits == 8 ? data.Length : data.Length / 2];
        for (var i = 0; i < words.Length; i++)
            words[i] = bits == 8 ? data[i] : BinaryPrimitives.ReadUInt16LittleEndian(data[(2 * i)..]);
        var table = new List<ushort>(entries);
        Segments(words, 0, int.MaxValue, table, entries, tag, isNested: false);
        return table.Count == entries ? [.. table] : throw new DicomValueException($"{tag.Named()} expands to {table.Count} entries; the descriptor says {entries}.");
    }

    private static void Segments(ushort[] words, int at, int count, List<ushort> table, int entries, DicomTag tag, bool isNested)
    {
        for (var done = 0; done < count && at < words.Length - 1 && table.Count < entries; done++)
        {
            var (opcode, length) = (words[at], words[at + 1]);
            var parts = opcode switch { 0 => length, 1 => 1, 2 => words.Length > at + 3 ? 2 : -1, _ => -1 };
            if (parts < 0 || at + 2 + parts > words.Length || (opcode == 2 && words[at + 3] > short.MaxValue) || (opcode == 1 && table.Count == 0) || (opcode == 2 && isNested))
                throw new DicomValueException($"{tag.Named()} has a segment of kind {opcode} and length {length} at word {at} that cannot be expanded.");
            if (opcode == 0)
            {
                table.AddRange(words.AsSpan(at + 2, Math.Min(length, entries - table.Count)));
            }
            else if (opcode == 1)
            {
                var (from, to) = ((int)table[^1], (int)words[at + 2]);
                for (var i = 1; i <= length && table.Count < entries; i++)
                    table.Add((ushort)Math.Round(from + ((to - from) * (double)i / length)));
            }
            else
            {
                // The offset counts bytes for 16-bit data in no known writer; PS3.3 C.7.9.2.3 counts from the start of the data.
                Segments(words, words[at + 2] | (words[at + 3] << 16), length, table, entries, tag, isNested: true);
            }

            at += 2 + parts;
        }
    }

    private static byte[] To8Bits(ushort[] table, int bits)
    {
        // Some writers say 16 bits and fill 8 (or put 8-bit values in words).
        var shift = bits == 16 && table.Max() > 255 ? 8 : 0;
        return Array.ConvertAll(table, entry => (byte)(entry >> shift));
    }
}
