using System.Buffers.Binary;
using System.IO.Compression;

namespace MRNet.Dicom;

/// <summary>
/// Writes data sets little-endian, PS3.5 section 7: defined lengths everywhere but around fragments, even values, group
/// length in group 2 only.
/// </summary>
internal sealed class DicomWriter
{
    private const uint Undefined = 0xFFFFFFFF;
    private const int BufferSize = 64 * 1024;

    private readonly Stream stream;
    private readonly bool isExplicit;
    private readonly byte[] buffer = new byte[BufferSize];
    private readonly Dictionary<DicomDataset, long> lengths = new(ReferenceEqualityComparer.Instance);
    private int used;

    private DicomWriter(Stream stream, bool isExplicit) => (this.stream, this.isExplicit) = (stream, isExplicit);

    public static void WriteFile(Stream stream, DicomFileMetaInformation meta, DicomDataset dataset, DicomTransferSyntax? wanted)
    {
        var own = dataset.InternalTransferSyntax;
        // Values are held little-endian, whatever they were read from.
        var syntax = wanted ?? (own.IsBigEndian ? DicomTransferSyntax.ExplicitVRLittleEndian : own);
        if (syntax.IsBigEndian)
            throw new DicomValueException($"Transfer syntax {syntax} is retired and not written; use {DicomTransferSyntax.ExplicitVRLittleEndian}.");
        if (syntax != own && (syntax.IsEncapsulated || dataset.TryGetItem<DicomFragmentSequence>(DicomTag.PixelData, out _)))
            throw new DicomValueException($"The pixel data is in {own}; to write {syntax}, change it with DicomTranscoder first.");

        if (dataset.Find(DicomTag.PixelData) is { } pixels && pixels is DicomFragmentSequence != syntax.IsEncapsulated)
            throw new DicomValueException($"{DicomTag.PixelData.Named()} is {(pixels is DicomFragmentSequence ? "encapsulated" : "native")}, which {syntax} is not; set InternalTransferSyntax to what the pixels are in.");

        var unified = TextRecoding.Unified(dataset);
        WriteHead(stream, meta.ForWriting(dataset, syntax));
        if (!syntax.IsDeflated)
        {
            new DicomWriter(stream, syntax.IsExplicitVR).WriteRoot(unified);
            return;
        }

        using var counted = new CountingStream(stream);
        using (var deflate = new DeflateStream(counted, CompressionLevel.Optimal, leaveOpen: true))
            new DicomWriter(deflate, isExplicit: true).WriteRoot(unified);
        if (counted.Count % 2 == 1) // PS3.5 A.5: padded to an even length
            stream.WriteByte(0);
    }

    /// <summary>A data set alone, as it travels in a message, PS3.7 section 9: not deflated, values and fragments as they are.</summary>
    internal static void WriteDataset(Stream stream, DicomDataset dataset, bool isExplicit) =>
        new DicomWriter(stream, isExplicit).WriteRoot(TextRecoding.Unified(dataset));

    /// <summary>What stands before the data set of a Part 10 file.</summary>
    internal static void WriteHead(Stream stream, DicomDataset meta)
    {
        stream.Write(new byte[128]);
        stream.Write("DICM"u8);
        WriteMeta(stream, meta);
    }

    private static void WriteMeta(Stream stream, DicomDataset meta)
    {
        var writer = new DicomWriter(stream, isExplicit: true);
        meta.AddOrUpdate(DicomTag.FileMetaInformationGroupLength, (uint)writer.LengthOf(meta));
        writer.WriteRoot(meta);
    }

    private void WriteRoot(DicomDataset dataset)
    {
        Write(dataset);
        Flush();
    }

    private void Write(DicomDataset dataset)
    {
        foreach (var item in dataset)
        {
            switch (item)
            {
                case { Tag.IsGroupLength: true } when item.Tag.Group != 2: // retired, and wrong after any change
                    break;
                case DicomElement element:
                    Write(element);
                    break;
                case DicomSequence sequence:
                    var isOpen = NeedsDelimiter(sequence);
                    WriteHeader(sequence.Tag, DicomVR.SQ, isOpen ? Undefined : (uint)ContentOf(sequence));
                    foreach (var nested in sequence.Items)
                    {
                        WriteTag(DicomTag.Item, checked((uint)LengthOf(nested)));
                        Write(nested);
                    }

                    if (isOpen)
                        WriteTag(DicomTag.SequenceDelimitation, 0);
                    break;
                case DicomFragmentSequence fragments:
                    Write(fragments);
                    break;
            }
        }
    }

    /// <summary>In implicit VR a sequence the dictionary does not know is only told from bytes by its undefined length.</summary>
    private bool NeedsDelimiter(DicomSequence sequence) => !isExplicit && DicomDictionary.VROf(sequence.Tag) != DicomVR.SQ;

    private void Write(DicomElement element)
    {
        var length = element.Length + (element.Length & 1);
        if (length >= Undefined)
            throw new DicomValueException($"{element.Tag.Named()} has {element.Length} bytes; a value of defined length has less than {Undefined}.");
        WriteHeader(element.Tag, VRToWrite(element, length), (uint)length);
        WriteValue(element);
        if ((element.Length & 1) == 1)
            Room(1)[0] = element.VR.Padding;
    }

    /// <summary>A value too long for the short header is written as UN, as PS3.5 section 6.2.2 note allows; reading restores its VR.</summary>
    private static DicomVR VRToWrite(DicomItem item, long length) => item.VR.HasWideLength || length <= ushort.MaxValue ? item.VR : DicomVR.UN;

    private void WriteValue(DicomElement element)
    {
        if (!element.IsInFile)
        {
            Write(element.Bytes.Span);
            return;
        }

        const int Step = 1 << 20;
        for (long at = 0; at < element.Length; at += Step)
            Write(element.Slice(at, (int)Math.Min(Step, element.Length - at)).Span);
    }

    private void Write(DicomFragmentSequence pixels)
    {
        WriteHeader(pixels.Tag, DicomVR.OB, Undefined);
        WriteTag(DicomTag.Item, checked((uint)pixels.OffsetTable.Count * 4));
        foreach (var offset in pixels.OffsetTable)
            BinaryPrimitives.WriteUInt32LittleEndian(Room(4), offset);
        foreach (var fragment in pixels.Fragments)
        {
            WriteTag(DicomTag.Item, (uint)(fragment.Length + (fragment.Length & 1)));
            Write(fragment.Bytes.Span);
            if ((fragment.Length & 1) == 1)
                Room(1)[0] = 0;
        }

        WriteTag(DicomTag.SequenceDelimitation, 0);
    }

    private void WriteHeader(DicomTag tag, DicomVR vr, uint length)
    {
        if (!isExplicit)
        {
            WriteTag(tag, length);
            return;
        }

        var header = Room(vr.HasWideLength ? 12 : 8);
        BinaryPrimitives.WriteUInt16LittleEndian(header, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], tag.Element);
        header[4] = (byte)vr.Code[0];
        header[5] = (byte)vr.Code[1];
        if (!vr.HasWideLength)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)length);
            return;
        }

        header[6] = header[7] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], length);
    }

    private void WriteTag(DicomTag tag, uint length)
    {
        var header = Room(8);
        BinaryPrimitives.WriteUInt16LittleEndian(header, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], tag.Element);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], length);
    }

    private long LengthOf(DicomDataset dataset)
    {
        if (lengths.TryGetValue(dataset, out var known))
            return known;
        long length = 0;
        foreach (var item in dataset)
        {
            if (!item.Tag.IsGroupLength || item.Tag.Group == 2)
                length += LengthOf(item);
        }

        return lengths[dataset] = length;
    }

    private long LengthOf(DicomItem item)
    {
        var content = item switch
        {
            DicomElement element => element.Length + (element.Length & 1),
            DicomSequence sequence => ContentOf(sequence) + (NeedsDelimiter(sequence) ? 8 : 0),
            DicomFragmentSequence pixels => 16 + (4L * pixels.OffsetTable.Count) + pixels.Fragments.Sum(f => 8L + f.Length + (f.Length & 1)),
            _ => 0,
        };
        return content + (isExplicit && VRToWrite(item, content).HasWideLength ? 12 : 8);
    }

    private long ContentOf(DicomSequence sequence)
    {
        long length = 0;
        foreach (var nested in sequence.Items)
            length += 8 + LengthOf(nested);
        return length < Undefined ? length : throw new DicomValueException($"{sequence.Tag.Named()} has {length} bytes; a sequence has less than {Undefined}.");
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > BufferSize / 2)
        {
            Flush();
            stream.Write(bytes);
            return;
        }

        bytes.CopyTo(Room(bytes.Length));
    }

    private Span<byte> Room(int count)
    {
        if (used + count > BufferSize)
            Flush();
        used += count;
        return buffer.AsSpan(used - count, count);
    }

    private void Flush()
    {
        stream.Write(buffer, 0, used);
        used = 0;
    }

    /// <summary>Counts what passes, for the padding of a deflated data set.</summary>
    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Count;

        public override long Position
        {
            get => Count;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Count += buffer.Length;
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
