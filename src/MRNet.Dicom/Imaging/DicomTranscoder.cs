using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>Changes how a data set's pixels are encoded, without loss: to native, RLE, JPEG lossless or deflated frames.</summary>
public static class DicomTranscoder
{
    /// <returns>A copy in <paramref name="syntax"/>; the data set itself if it is in that already.</returns>
    /// <exception cref="DicomCodecException">The frames cannot be decoded, or nothing here encodes <paramref name="syntax"/>.</exception>
    public static DicomDataset Transcode(DicomDataset dataset, DicomTransferSyntax syntax)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(syntax);
        if (dataset.InternalTransferSyntax == syntax)
            return dataset;
        var copy = dataset.Clone();
        copy.InternalTransferSyntax = syntax;
        var isNative = !dataset.InternalTransferSyntax.IsEncapsulated && !syntax.IsEncapsulated;
        if (isNative || !dataset.Contains(DicomTag.PixelData))
            return copy;

        var pixels = DicomPixelData.Create(dataset);
        var frames = Enumerable.Range(0, pixels.NumberOfFrames).Select(i => Packed(pixels, i));
        if (pixels.SamplesPerPixel > 1)
        {
            copy.AddOrUpdate(DicomTag.PlanarConfiguration, 0);
            copy.AddOrUpdate(DicomTag.PhotometricInterpretation, DecodedPhotometric(pixels));
        }

        copy.Remove(DicomTag.ExtendedOffsetTable, DicomTag.ExtendedOffsetTableLengths);
        return syntax.IsEncapsulated
            ? copy.AddOrUpdate(Encapsulated(frames.Select(frame => Encode(frame, pixels, syntax)), pixels.NumberOfFrames))
            : copy.AddOrUpdate(DicomTag.PixelData, Joined(frames, pixels));
    }

    /// <summary>One fragment for each frame, with an offset table where 32 bits reach.</summary>
    public static DicomFragmentSequence Encapsulated(IEnumerable<byte[]> frames, int count)
    {
        ArgumentNullException.ThrowIfNull(frames);
        var offsets = new List<uint>(count);
        var fragments = new List<DicomFragment>(count);
        long at = 0;
        foreach (var frame in frames)
        {
            offsets.Add(unchecked((uint)at));
            fragments.Add(new(frame));
            at += 8 + frame.Length + (frame.Length & 1);
        }

        return new(DicomTag.PixelData, DicomVR.OB, at <= uint.MaxValue ? offsets : [], fragments);
    }

    private static byte[] Encode(byte[] frame, DicomPixelData pixels, DicomTransferSyntax syntax)
    {
        if (syntax == DicomTransferSyntax.RLELossless)
            return RleCodec.Encode(frame, pixels.Info);
        if (syntax == DicomTransferSyntax.DeflatedImageFrame)
            return DeflatedFrameCodec.Encode(frame);
        if (syntax == DicomTransferSyntax.EncapsulatedUncompressed)
            return frame;
        if ((syntax == DicomTransferSyntax.JPEGProcess14SV1 || syntax == DicomTransferSyntax.JPEGProcess14) && pixels.BitsAllocated is 8 or 16)
            return JpegLosslessEncoder.Encode(Samples(frame, pixels.BitsAllocated), pixels.Width, pixels.Height, pixels.SamplesPerPixel, pixels.BitsAllocated);
        throw new DicomCodecException($"Frames of {pixels.BitsAllocated} bits are not encoded here in {syntax}.");
    }

    private static int[] Samples(byte[] frame, int bits)
    {
        var samples = new int[frame.Length / (bits / 8)];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = bits == 8 ? frame[i] : BinaryPrimitives.ReadUInt16LittleEndian(frame.AsSpan(2 * i));
        return samples;
    }

    /// <summary>A frame as codecs take it: 1-bit pixels packed.</summary>
    private static byte[] Packed(DicomPixelData pixels, int index)
    {
        if (pixels.SamplesPerPixel == 3 && DecodedPhotometric(pixels) == "RGB" && pixels.BitsAllocated == 8)
            return pixels.GetRgbFrame(index);
        var frame = pixels.GetFrame(index);
        return pixels.BitsAllocated == 1 ? PackedBits.Pack(frame.Span) : frame.ToArray();
    }

    private static byte[] Joined(IEnumerable<byte[]> frames, DicomPixelData pixels)
    {
        if (pixels.BitsAllocated == 1)
            return PackedBits.Pack([.. Enumerable.Range(0, pixels.NumberOfFrames).SelectMany(i => pixels.GetFrame(i).ToArray())]);
        var joined = new MemoryStream();
        foreach (var frame in frames)
            joined.Write(frame);
        return joined.ToArray();
    }

    /// <summary>Colour of 8 bits is brought to RGB on the way: what a stream calls its colours is lost with the stream.</summary>
    private static string DecodedPhotometric(DicomPixelData pixels) =>
        pixels.BitsAllocated == 8 || pixels.PhotometricInterpretation is "YBR_RCT" or "YBR_ICT" ? "RGB" : pixels.PhotometricInterpretation;
}
