using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MRNet.Dicom;

/// <summary>
/// The frames of a data set, PS3.3 C.7.6.3 and PS3.5 section 8. Nothing is read or decoded until a frame is asked for,
/// and no decoded frame is kept.
/// </summary>
public sealed class DicomPixelData
{
    private const long MaximumBytes = 8L << 30;
    private const int MaximumFrames = 100_000;

    private readonly DicomDataset dataset;
    private readonly DicomItem pixels;
    private readonly DicomTransferSyntax syntax;
    private int[]? fragmentStarts;

    private DicomPixelData(DicomDataset dataset, DicomItem pixels)
    {
        this.dataset = dataset;
        this.pixels = pixels;
        syntax = dataset.InternalTransferSyntax;
        Width = Required(DicomTag.Columns, 1, ushort.MaxValue);
        Height = Required(DicomTag.Rows, 1, ushort.MaxValue);
        SamplesPerPixel = dataset.Contains(DicomTag.SamplesPerPixel) ? Required(DicomTag.SamplesPerPixel, 1, 4) : 1;
        NumberOfFrames = dataset.GetValueCount(DicomTag.NumberOfFrames) > 0 ? Required(DicomTag.NumberOfFrames, 1, MaximumFrames) : 1;
        var isFloat = pixels.Tag != DicomTag.PixelData;
        BitsAllocated = isFloat ? (pixels.Tag == DicomTag.FloatPixelData ? 32 : 64) : Required(DicomTag.BitsAllocated, 1, 64);
        if (BitsAllocated is not (1 or 8 or 16 or 32 or 64) && !(BitsAllocated % 8 == 0 && BitsAllocated <= 32))
            throw new DicomValueException($"{DicomTag.BitsAllocated.Named()} is {BitsAllocated}; wanted 1, 8, 16, 24, 32 or 64.");
        BitsStored = isFloat ? BitsAllocated : dataset.Contains(DicomTag.BitsStored) ? Required(DicomTag.BitsStored, 1, BitsAllocated) : BitsAllocated;
        HighBit = dataset.GetSingleValueOrDefault(DicomTag.HighBit, BitsStored - 1);
        if (HighBit >= BitsAllocated || HighBit < BitsStored - 1)
            HighBit = BitsStored - 1; // as every reader takes it; the attribute is often wrong and no file with another one is known
        PixelRepresentation = dataset.GetSingleValueOrDefault(DicomTag.PixelRepresentation, 0) == 1 ? 1 : 0;
        PlanarConfiguration = dataset.GetSingleValueOrDefault(DicomTag.PlanarConfiguration, 0) == 1 ? 1 : 0;
        PhotometricInterpretation = dataset.GetSingleValueOrDefault(DicomTag.PhotometricInterpretation, SamplesPerPixel == 3 ? "RGB" : "MONOCHROME2");
        var total = (Int128)Width * Height * SamplesPerPixel * NumberOfFrames * BitsAllocated / 8;
        if (total > MaximumBytes)
            throw new DicomValueException($"{Height} x {Width} x {SamplesPerPixel} samples of {BitsAllocated} bits in {NumberOfFrames} frames are {total} bytes; the limit is {MaximumBytes}.");
        if ((long)Width * Height * SamplesPerPixel * Math.Max(1, BitsAllocated / 8) > Array.MaxLength)
            throw new DicomValueException($"One frame of {Height} x {Width} x {SamplesPerPixel} samples of {BitsAllocated} bits is larger than {Array.MaxLength} bytes.");
    }

    public int Width { get; }

    public int Height { get; }

    public int NumberOfFrames { get; }

    public int SamplesPerPixel { get; }

    public int BitsAllocated { get; }

    public int BitsStored { get; }

    public int HighBit { get; }

    /// <summary>0 unsigned, 1 two's complement.</summary>
    public int PixelRepresentation { get; }

    public string PhotometricInterpretation { get; }

    /// <summary>As the data set says of its stored pixels; frames come out colour by pixel whatever it is.</summary>
    public int PlanarConfiguration { get; }

    public DicomTransferSyntax TransferSyntax => syntax;

    /// <summary>True of Float Pixel Data and Double Float Pixel Data.</summary>
    public bool IsFloat => pixels.Tag != DicomTag.PixelData;

    internal FrameInfo Info => new(Width, Height, SamplesPerPixel, BitsAllocated, BitsStored, PixelRepresentation == 1);

    private bool IsSubsampled => PhotometricInterpretation is "YBR_FULL_422" or "YBR_PARTIAL_422" && SamplesPerPixel == 3;

    /// <exception cref="DicomValueException">No pixel data, or an attribute that describes it is missing or senseless.</exception>
    public static DicomPixelData Create(DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var pixels = dataset.Find(DicomTag.PixelData) ?? dataset.Find(DicomTag.FloatPixelData) ?? dataset.Find(DicomTag.DoubleFloatPixelData)
            ?? throw new DicomValueException($"{DicomTag.PixelData.Named()} is missing.");
        return new(dataset, pixels);
    }

    /// <summary>
    /// One frame: little-endian samples of Bits Allocated, colour by pixel. 1-bit frames come as one byte (0 or 1) for
    /// each pixel. Native YBR_FULL_422 stays subsampled (Y1 Y2 Cb Cr); see <see cref="GetRgbFrame"/>.
    /// </summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="DicomCodecException">Damaged, too short, or not decoded here.</exception>
    public ReadOnlyMemory<byte> GetFrame(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, NumberOfFrames);
        return pixels switch
        {
            DicomElement native => Native(native, index),
            DicomFragmentSequence => Decoded(index),
            _ => throw new DicomValueException($"{pixels.Tag.Named()} is {pixels.VR}; wanted OB or OW."),
        };
    }

    /// <summary>The stored values of one frame as numbers: sign-extended from Bits Stored, bits above it (overlays) masked off; float pixel data as they are.</summary>
    /// <param name="into">Width x Height x SamplesPerPixel.</param>
    public void CopyStoredValues(int index, Span<float> into)
    {
        var frame = GetFrame(index).Span;
        if (into.Length != frame.Length / FrameSampleBytes)
            throw new ArgumentException($"A frame has {frame.Length / FrameSampleBytes} samples; the span has {into.Length}.", nameof(into));
        if (IsFloat)
            CopyFloats(frame, into);
        else if (BitsAllocated == 16 && BitsStored == 16 && PixelRepresentation == 1)
            Convert<short>(frame, into);
        else if (BitsAllocated == 16 && BitsStored == 16)
            Convert<ushort>(frame, into);
        else
            CopyBits(frame, into);
    }

    /// <summary>One colour frame as 8-bit RGB, pixel by pixel; palettes and YBR converted, more bits shifted down. A grey frame of 8 bits comes as equal R, G and B.</summary>
    public byte[] GetRgbFrame(int index) => RgbFrame.Of(this, dataset, index, EncodedYbr(index));

    internal ReadOnlyMemory<byte> Encoded(int index)
    {
        if (pixels is not DicomFragmentSequence fragments)
            throw new DicomValueException($"{pixels.Tag.Named()} is not encapsulated.");
        return FrameFragments.Frame(dataset, fragments, NumberOfFrames, index, fragmentStarts ??= FrameFragments.Starts(dataset, fragments, NumberOfFrames, syntax));
    }

    private int FrameSampleBytes => BitsAllocated == 1 ? 1 : BitsAllocated / 8;

    /// <summary>For JPEG streams, what they say of their own colours; null where only the data set says.</summary>
    private bool? EncodedYbr(int index) =>
        pixels is DicomFragmentSequence && SamplesPerPixel == 3 && JpegCodec.IsJpeg(syntax)
            && JpegMarkers.Read(Encoded(index).Span) is { FrameMarker: not 0xC3 } markers // lossless streams are not transformed
            ? markers.IsYbr
            : null;

    private ReadOnlyMemory<byte> Decoded(int index)
    {
        var frame = FrameCodecs.Decode(syntax, Encoded(index), Info);
        return BitsAllocated == 1 ? PackedBits.Unpack(frame, 0, Width * Height * SamplesPerPixel) : frame;
    }

    private ReadOnlyMemory<byte> Native(DicomElement native, int index)
    {
        var samples = (long)Width * Height * (IsSubsampled ? 2 : SamplesPerPixel);
        var (start, end) = (samples * BitsAllocated * index, samples * BitsAllocated * (index + 1)); // in bits
        if ((end + 7) / 8 > native.Length)
            throw new DicomCodecException($"{pixels.Tag.Named()} has {native.Length} bytes; frame {index + 1} of {Height} x {Width} ends at {(end + 7) / 8}.");
        if (BitsAllocated == 1)
        {
            // PS3.5 section 8.1.1: frames follow each other bit by bit, the first pixel in the lowest bit.
            var packed = native.Slice(start / 8, (int)(((end + 7) / 8) - (start / 8)));
            return PackedBits.Unpack(packed.Span, (int)(start % 8), (int)samples);
        }

        var frame = native.Slice(start / 8, (int)((end - start) / 8));
        return SamplesPerPixel > 1 && PlanarConfiguration == 1 && !IsSubsampled ? Interleaved(frame.Span) : frame;
    }

    private byte[] Interleaved(ReadOnlySpan<byte> planes)
    {
        var size = BitsAllocated / 8;
        var plane = Width * Height;
        var frame = new byte[planes.Length];
        for (var s = 0; s < SamplesPerPixel; s++)
        {
            for (var i = 0; i < plane; i++)
                planes.Slice(((s * plane) + i) * size, size).CopyTo(frame.AsSpan(((i * SamplesPerPixel) + s) * size));
        }

        return frame;
    }

    private static void Convert<T>(ReadOnlySpan<byte> frame, Span<float> into) where T : unmanaged, System.Numerics.INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(frame);
        for (var i = 0; i < into.Length; i++)
            into[i] = float.CreateTruncating(values[i]);
    }

    private void CopyFloats(ReadOnlySpan<byte> frame, Span<float> into)
    {
        if (BitsAllocated == 32)
        {
            MemoryMarshal.Cast<byte, float>(frame).CopyTo(into);
            return;
        }

        var doubles = MemoryMarshal.Cast<byte, double>(frame);
        for (var i = 0; i < into.Length; i++)
            into[i] = (float)doubles[i];
    }

    private void CopyBits(ReadOnlySpan<byte> frame, Span<float> into)
    {
        var size = FrameSampleBytes;
        var drop = 64 - HighBit - 1;
        for (var i = 0; i < into.Length; i++)
        {
            var sample = frame.Slice(i * size, size);
            var raw = size switch
            {
                1 => sample[0],
                2 => BinaryPrimitives.ReadUInt16LittleEndian(sample),
                4 => BinaryPrimitives.ReadUInt32LittleEndian(sample),
                8 => BinaryPrimitives.ReadUInt64LittleEndian(sample),
                _ => (ulong)(sample[0] | (sample[1] << 8) | (sample[2] << 16)),
            };
            // Up to the top and down again: the sign spreads, bits beyond the high bit fall off.
            into[i] = PixelRepresentation == 1
                ? (long)(raw << drop) >> (64 - BitsStored)
                : (raw << drop) >> (64 - BitsStored);
        }
    }

    private int Required(DicomTag tag, int lowest, int highest)
    {
        var value = dataset.GetSingleValue<long>(tag);
        return value >= lowest && value <= highest
            ? (int)value
            : throw new DicomValueException($"{tag.Named()} is {value}; wanted {lowest} to {highest}.");
    }
}
