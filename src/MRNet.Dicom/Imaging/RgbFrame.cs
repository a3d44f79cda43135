namespace MRNet.Dicom;

/// <summary>A frame as 8-bit RGB, PS3.3 C.7.6.3.1.2.</summary>
internal static class RgbFrame
{
    /// <param name="encodedYbr">What a JPEG stream says of its components; it outweighs the data set, which often repeats what was there before compression.</param>
    public static byte[] Of(DicomPixelData pixels, DicomDataset dataset, int index, bool? encodedYbr)
    {
        if (pixels.IsFloat)
            throw new DicomValueException($"{DicomTag.FloatPixelData.Named()} is not colour.");
        var frame = pixels.GetFrame(index).Span;
        var photometric = pixels.PhotometricInterpretation;
        if (pixels.SamplesPerPixel == 1)
            return photometric == "PALETTE COLOR" ? new PaletteColor(dataset).Apply(frame, pixels) : Grey(frame, pixels);
        if (pixels.SamplesPerPixel != 3)
            throw new DicomValueException($"{DicomTag.SamplesPerPixel.Named()} is {pixels.SamplesPerPixel}; a colour picture has 3.");

        if (photometric == "YBR_FULL_422" && !pixels.TransferSyntax.IsEncapsulated)
            return FromYbr(Upsampled(frame, pixels), isFull: true);
        var rgb = To8Bits(frame, pixels);
        return (encodedYbr, photometric) switch
        {
            (false, _) => rgb,
            (true, _) => FromYbr(rgb, isFull: true),
            (null, "RGB" or "YBR_RCT" or "YBR_ICT") => rgb, // JPEG 2000 undoes its own transforms
            (null, "YBR_FULL" or "YBR_FULL_422") => FromYbr(rgb, isFull: true),
            (null, "YBR_PARTIAL_420" or "YBR_PARTIAL_422") => FromYbr(rgb, isFull: false),
            _ => throw new DicomValueException($"{DicomTag.PhotometricInterpretation.Named()} of three samples is none that is shown as RGB."),
        };
    }

    private static byte[] Grey(ReadOnlySpan<byte> frame, DicomPixelData pixels)
    {
        if (pixels.BitsAllocated > 8)
            throw new DicomValueException($"A grey frame of {pixels.BitsAllocated} bits has no RGB form without a window; wanted 8 bits or colour.");
        var scale = pixels.BitsAllocated == 1 ? 255 : 255 / ((1 << pixels.BitsStored) - 1);
        var rgb = new byte[frame.Length * 3];
        for (var i = 0; i < frame.Length; i++)
        {
            var grey = (byte)(frame[i] * scale);
            rgb.AsSpan(3 * i, 3).Fill(pixels.PhotometricInterpretation == "MONOCHROME1" ? (byte)(255 - grey) : grey);
        }

        return rgb;
    }

    private static byte[] To8Bits(ReadOnlySpan<byte> frame, DicomPixelData pixels)
    {
        var size = pixels.BitsAllocated / 8;
        if (size == 1)
            return frame.ToArray();
        var shift = Math.Max(0, pixels.BitsStored - 8);
        var bytes = new byte[frame.Length / size];
        for (var i = 0; i < bytes.Length; i++)
        {
            uint sample = 0;
            for (var b = size - 1; b >= 0; b--)
                sample = (sample << 8) | frame[(i * size) + b];
            bytes[i] = (byte)(sample >> shift);
        }

        return bytes;
    }

    /// <summary>Y1 Y2 Cb Cr for two pixels of a row to three samples for each.</summary>
    private static byte[] Upsampled(ReadOnlySpan<byte> frame, DicomPixelData pixels)
    {
        if (pixels.BitsAllocated != 8)
            throw new DicomValueException($"YBR_FULL_422 with Bits Allocated {pixels.BitsAllocated} is not read; wanted 8.");
        var full = new byte[pixels.Width * pixels.Height * 3];
        for (var i = 0; i < full.Length / 3; i++)
        {
            var pair = i / 2 * 4;
            full[3 * i] = frame[pair + (i & 1)];
            full[(3 * i) + 1] = frame[Math.Min(pair + 2, frame.Length - 1)];
            full[(3 * i) + 2] = frame[Math.Min(pair + 3, frame.Length - 1)];
        }

        return full;
    }

    private static byte[] FromYbr(byte[] ybr, bool isFull)
    {
        for (var i = 0; i + 2 < ybr.Length; i += 3)
        {
            var (y, cb, cr) = ((double)ybr[i], ybr[i + 1] - 128.0, ybr[i + 2] - 128.0);
            if (!isFull)
                (y, cb, cr) = ((y - 16) * 255 / 219, cb * 255 / 224, cr * 255 / 224);
            ybr[i] = Clamp(y + (1.402 * cr));
            ybr[i + 1] = Clamp(y - (0.344136 * cb) - (0.714136 * cr));
            ybr[i + 2] = Clamp(y + (1.772 * cb));
        }

        return ybr;
    }

    private static byte Clamp(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);
}
