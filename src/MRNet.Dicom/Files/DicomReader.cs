using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>Reads data sets, PS3.5 section 7 and annex A. One object reads one data set and what is nested in it.</summary>
internal sealed class DicomReader(ByteWindow bytes, DicomReadOptions options)
{
    private const uint Undefined = 0xFFFFFFFF;
    private const uint ItemKey = 0xFFFEE000;
    private const uint ItemEndKey = 0xFFFEE00D;
    private const uint SequenceEndKey = 0xFFFEE0DD;
    private const int FragmentOnDemand = 4096;

    private int elements;
    private int itemCount;
    private int fragmentCount;

    /// <summary>True after damage that <see cref="DicomReadOptions.Tolerant"/> let pass.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>Where reading stopped.</summary>
    public long Position { get; private set; }

    public DicomDataset ReadDataset(long offset, DicomTransferSyntax syntax)
    {
        Position = offset;
        var context = new Context(syntax.IsExplicitVR, syntax.IsBigEndian, CharacterSet.Default, IsSigned: false, Depth: 0);
        var dataset = Dataset(bytes.Length, context, out _);
        dataset.InternalTransferSyntax = syntax;
        return dataset;
    }

    /// <summary>Reads group 0002, which is Explicit VR Little Endian whatever follows; its length is found by reading, not believed.</summary>
    public DicomDataset ReadFileMeta(long offset)
    {
        Position = offset;
        var context = new Context(true, false, CharacterSet.Default, IsSigned: false, Depth: 0) { IsFileMeta = true };
        return Dataset(bytes.Length, context, out _);
    }

    /// <param name="end">Where the data set ends at the latest.</param>
    /// <param name="delimited">True if an item delimiter ended it.</param>
    private DicomDataset Dataset(long end, Context context, out bool delimited, bool isUndefined = false)
    {
        var items = new List<DicomItem>(context.Depth == 0 ? 64 : 8);
        var sorted = true;
        delimited = false;
        try
        {
            while (Position < end)
            {
                if (end - Position < 8)
                {
                    Damage($"{end - Position} bytes are left at offset {Position}; an element has at least 8");
                    Position = end;
                    break;
                }

                var header = bytes.Span(Position, 8);
                var key = Key(header, context.IsBigEndian);
                if (key == ItemEndKey && context.Depth > 0)
                {
                    delimited = true;
                    Position += 8;
                    break;
                }

                if (key >> 16 == 0xFFFE)
                {
                    // A delimiter without its sequence is skipped where nothing else depends on it.
                    Damage($"delimiter {new DicomTag(key)} at offset {Position} where an element should stand");
                    Position += 8;
                    continue;
                }

                if (context.IsFileMeta && key >> 16 != 2)
                    break;
                if (context.Depth == 0 && !context.IsFileMeta && key >= options.StopBefore?.Key)
                    break;
                if (++elements > options.MaximumElements)
                    throw new DicomFileException($"The file has more than {options.MaximumElements} attributes, the limit set.");

                var item = Item(key, end, context);
                if (item is null)
                    break;
                sorted &= items.Count == 0 || items[^1].Key < key;
                items.Add(item);
                if (key == DicomTag.SpecificCharacterSet.Key && item is DicomElement set)
                    context = context with { CharacterSet = CharacterSet.Parse(set.Text()) };
                else if (key == DicomTag.PixelRepresentation.Key && item is DicomElement { Length: 2 } sign)
                    context = context with { IsSigned = sign.Bytes.Span[0] == 1 };
                else if (key == DicomTag.BitsAllocated.Key && item is DicomElement { Length: 2 } bits)
                    context = context with { HasWidePixels = bits.Bytes.Span[0] == 32 };
            }
        }
        catch (DicomFileException) when (options.Tolerant)
        {
            IsPartial = true;
            Position = end;
        }

        if (isUndefined && !delimited && !IsPartial)
            Damage($"an item of undefined length is not ended by {DicomTag.ItemDelimitation} before offset {end}");
        return new(items, sorted);
    }

    private DicomItem? Item(uint key, long end, Context context)
    {
        var tag = new DicomTag(key);
        var at = Position;
        var (vr, length) = Header(tag, end, context);
        if (vr == DicomVR.UN && length != Undefined && !tag.IsPrivate && Implied(tag, context) is { } known && known != DicomVR.UN)
        {
            // PS3.5 section 6.2.2: a value of unknown VR is encoded as Implicit VR Little Endian.
            vr = known;
            context = context with { IsExplicit = false, IsBigEndian = false };
        }

        if (length == Undefined)
        {
            if (vr == DicomVR.UN)
                return Sequence(tag, long.MaxValue, end, context with { IsExplicit = false, IsBigEndian = false });
            if (vr == DicomVR.SQ)
                return Sequence(tag, long.MaxValue, end, context);
            if (vr == DicomVR.OB || vr == DicomVR.OW)
                return Fragments(tag, vr, end, context);
            throw new DicomFileException($"{tag.Named()} {vr} at offset {at} has an undefined length, which only SQ, UN, OB and OW may have.");
        }

        if (length > end - Position)
        {
            Damage($"{tag.Named()} {vr} at offset {at} has a length of {length}, and {end - Position} bytes are left");
            if (vr == DicomVR.SQ || vr.IsString)
            {
                Position = end;
                return null;
            }

            length = (uint)(end - Position);
        }

        if (vr == DicomVR.SQ)
            return Sequence(tag, Position + length, Position + length, context);
        return Element(tag, vr, length, context);
    }

    private (DicomVR VR, uint Length) Header(DicomTag tag, long end, Context context)
    {
        var header = bytes.Span(Position, 8);
        if (!context.IsExplicit)
        {
            Position += 8;
            return (Implied(tag, context) ?? DicomVR.UN, UInt32(header[4..], context.IsBigEndian));
        }

        var vr = DicomVR.Find(header[4], header[5]);
        if (vr is null && !IsLetters(header[4], header[5]))
        {
            // Seen in the field: an item written with implicit VR in an explicit file. The length must then make sense.
            var implied = UInt32(header[4..], context.IsBigEndian);
            if (context.Depth > 0 && (implied == Undefined || implied <= end - Position - 8) && Implied(tag, context) is { } known)
            {
                Position += 8;
                return (known, implied);
            }

            throw new DicomFileException($"{tag.Named()} at offset {Position} has the VR bytes {header[4]:X2} {header[5]:X2}; wanted two capital letters.");
        }

        // A VR of the future has the long header (PS3.5 section 7.1.2).
        if (vr is { HasWideLength: false })
        {
            Position += 8;
            return (vr, context.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(header[6..]) : BinaryPrimitives.ReadUInt16LittleEndian(header[6..]));
        }

        if (end - Position < 12)
            throw new DicomFileException($"{tag.Named()} at offset {Position} has {end - Position} bytes left; its header has 12.");
        var length = UInt32(bytes.Span(Position + 8, 4), context.IsBigEndian);
        Position += 12;
        return (vr ?? DicomVR.UN, length);
    }

    private DicomElement Element(DicomTag tag, DicomVR vr, uint length, Context context)
    {
        var limit = vr.IsString ? options.MaximumTextBytes : options.MaximumValueBytes;
        if (length > limit)
            throw new DicomFileException($"{tag.Named()} {vr} at offset {Position} has {length} bytes; the limit set is {limit}.");

        var swap = context.IsBigEndian ? vr.SwapSize : 1;
        if (swap == 2 && context.HasWidePixels && tag == DicomTag.PixelData)
            swap = 4; // samples of 32 bits in a stream of words
        var at = Position;
        Position += length;
        if (bytes.File is not null && length >= options.OnDemandBytes && !vr.IsString)
            return new(tag, vr, new FilePart(bytes.File, at, length, swap), context.CharacterSet);
        if (length > Array.MaxLength)
            throw new DicomFileException($"{tag.Named()} {vr} at offset {at} has {length} bytes; at most {Array.MaxLength} are held in memory.");

        var value = bytes.Memory(at, (int)length);
        if (swap > 1)
        {
            var turned = value.ToArray();
            ByteOrder.Swap(turned, swap);
            value = turned;
        }

        return new(tag, vr, value, context.CharacterSet);
    }

    /// <param name="stop">Where a sequence of defined length ends.</param>
    private DicomSequence Sequence(DicomTag tag, long stop, long end, Context context)
    {
        if (context.Depth + 1 > options.MaximumDepth)
            throw new DicomFileException($"{tag.Named()} at offset {Position} is nested deeper than {options.MaximumDepth} sequences, the limit set.");

        var items = new List<DicomDataset>();
        var within = context with { Depth = context.Depth + 1, IsFileMeta = false };
        var isEnded = stop != long.MaxValue;
        while (Position < Math.Min(stop, end))
        {
            var left = Math.Min(stop, end) - Position;
            if (left < 8)
            {
                Damage($"{tag.Named()}: {left} bytes are left at offset {Position}; an item has at least 8");
                Position = Math.Min(stop, end);
                break;
            }

            var header = bytes.Span(Position, 8);
            var key = Key(header, context.IsBigEndian);
            var length = UInt32(header[4..], context.IsBigEndian);
            if (key == SequenceEndKey)
            {
                Position += 8;
                isEnded = true;
                break;
            }

            if (key != ItemKey)
                throw new DicomFileException($"{tag.Named()}: {new DicomTag(key)} at offset {Position}; wanted an item {DicomTag.Item} or the end of the sequence.");
            if (++itemCount > options.MaximumItems)
                throw new DicomFileException($"The file has more than {options.MaximumItems} sequence items, the limit set.");

            var start = Position;
            Position += 8;
            left -= 8;
            if (length != Undefined && length > left)
            {
                Damage($"{tag.Named()}: item {items.Count + 1} at offset {Position - 8} has a length of {length}, and {left} bytes are left");
                length = (uint)left;
            }

            var itemEnd = length == Undefined ? Math.Min(stop, end) : Position + length;
            var item = Dataset(itemEnd, within, out var delimited, isUndefined: length == Undefined);
            item.Offset = start;
            items.Add(item);
            if (length != Undefined && !delimited)
                Position = itemEnd;
        }

        if (!isEnded)
            Damage($"{tag.Named()} is not ended by {DicomTag.SequenceDelimitation} before offset {end}");
        return new(tag, items);
    }

    private DicomFragmentSequence Fragments(DicomTag tag, DicomVR vr, long end, Context context)
    {
        var offsets = Array.Empty<uint>();
        var fragments = new List<DicomFragment>();
        var isTable = true;
        var isEnded = false;
        while (end - Position >= 8)
        {
            var header = bytes.Span(Position, 8);
            var (key, length) = (Key(header, context.IsBigEndian), UInt32(header[4..], context.IsBigEndian));
            if (key == SequenceEndKey)
            {
                Position += 8;
                isEnded = true;
                break;
            }

            if (key != ItemKey || length == Undefined)
            {
                Damage($"{tag.Named()}: {new DicomTag(key)} of length {length} at offset {Position} among fragments; wanted an item of known length or the end");
                break;
            }

            if (++fragmentCount > options.MaximumFragments)
                throw new DicomFileException($"The file has more than {options.MaximumFragments} fragments, the limit set.");
            Position += 8;
            if (length > end - Position)
            {
                Damage($"{tag.Named()}: fragment {fragments.Count + 1} at offset {Position - 8} has a length of {length}, and {end - Position} bytes are left");
                length = (uint)(end - Position);
            }

            if (length > Array.MaxLength || length > options.MaximumValueBytes)
                throw new DicomFileException($"{tag.Named()}: fragment {fragments.Count + 1} has {length} bytes; the limit is {Math.Min(Array.MaxLength, options.MaximumValueBytes)}.");
            if (isTable)
                offsets = Offsets(bytes.Span(Position, (int)length), context.IsBigEndian);
            else if (bytes.File is not null && length >= FragmentOnDemand)
                fragments.Add(new(new FilePart(bytes.File, Position, length, 1)));
            else
                fragments.Add(new(bytes.Memory(Position, (int)length)));
            Position += length;
            isTable = false;
        }

        if (!isEnded)
        {
            Damage($"{tag.Named()}: the fragments are not ended by {DicomTag.SequenceDelimitation} before offset {end}");
            Position = end;
        }

        return new(tag, vr, offsets, fragments);
    }

    private static uint[] Offsets(ReadOnlySpan<byte> table, bool isBigEndian)
    {
        var offsets = new uint[table.Length / 4];
        for (var i = 0; i < offsets.Length; i++)
            offsets[i] = UInt32(table[(4 * i)..], isBigEndian);
        return offsets;
    }

    /// <summary>The VR that implicit encoding leaves to the dictionary, PS3.5 annex A.1; null for an unknown attribute.</summary>
    private static DicomVR? Implied(DicomTag tag, Context context)
    {
        if (tag.IsPrivateCreator)
            return DicomVR.LO;
        if (tag.IsGroupLength)
            return DicomVR.UL;
        return DicomDictionary.Find(tag)?.VR switch
        {
            null => null,
            "OB or OW" => DicomVR.OW,
            "US or OW" => DicomVR.OW,
            "US or SS or OW" or "US or SS" => context.IsSigned ? DicomVR.SS : DicomVR.US,
            var vr => DicomVR.Find(vr),
        };
    }

    private void Damage(string what)
    {
        if (!options.Tolerant)
            throw new DicomFileException($"The data set is damaged: {what}.");
        IsPartial = true;
    }

    private static bool IsLetters(byte first, byte second) =>
        first is >= (byte)'A' and <= (byte)'Z' && second is >= (byte)'A' and <= (byte)'Z';

    private static uint Key(ReadOnlySpan<byte> header, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(header)
        : ((uint)BinaryPrimitives.ReadUInt16LittleEndian(header) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);

    private static uint UInt32(ReadOnlySpan<byte> at, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    private readonly record struct Context(bool IsExplicit, bool IsBigEndian, CharacterSet CharacterSet, bool IsSigned, int Depth)
    {
        public bool IsFileMeta { get; init; }

        public bool HasWidePixels { get; init; }
    }
}
