using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>What the data set says of one frame, PS3.3 C.7.6.3. Decoded frames are little-endian and colour by pixel.</summary>
public readonly record struct FrameInfo(int Width, int Height, int SamplesPerPixel, int BitsAllocated, int BitsStored, bool IsSigned)
{
    public int BytesPerSample => (BitsAllocated + 7) / 8;

    public long Samples => (long)Width * Height * SamplesPerPixel;

    /// <summary>Bytes of a decoded frame; of 1-bit samples packed, the last byte filled up.</summary>
    public int Bytes => checked((int)(BitsAllocated == 1 ? (Samples + 7) / 8 : Samples * BytesPerSample));

    /// <summary>Refuses a stream of other size than the data set says, before anything is decoded.</summary>
    internal void Check(string codec, long width, long height, int components, int precision)
    {
        if (width != Width || height != Height || components != SamplesPerPixel)
            throw new DicomCodecException(
                $"The {codec} stream holds {width} x {height} x {components} samples; the data set says {Width} x {Height} x {SamplesPerPixel}.");
        // More than Bits Stored is normal (DCMTK and GDCM write Bits Allocated); fewer bits cannot hold the values.
        if (precision > Math.Max(BitsAllocated, 8) || precision < 1)
            throw new DicomCodecException($"The {codec} stream has samples of {precision} bits; Bits Allocated is {BitsAllocated}.");
        if (precision < BitsStored)
            throw new DicomCodecException($"The {codec} stream has samples of {precision} bits; Bits Stored is {BitsStored}.");
    }

    /// <summary>Puts one sample at its place.</summary>
    internal void Write(Span<byte> frame, int index, int value)
    {
        switch (BitsAllocated)
        {
            case 1:
                if ((value & 1) != 0)
                    frame[index >> 3] |= (byte)(1 << (index & 7));
                break;
            case 8:
                frame[index] = (byte)value;
                break;
            case 16:
                BinaryPrimitives.WriteUInt16LittleEndian(frame[(index * 2)..], (ushort)value);
                break;
            default:
                BinaryPrimitives.WriteInt32LittleEndian(frame[(index * 4)..], value);
                break;
        }
    }

    /// <summary>
    /// A decoded pattern of <paramref name="precision"/> bits as the data set means it: the stream's own sign is not
    /// believed, Pixel Representation is.
    /// </summary>
    internal int Extend(int pattern, int precision)
    {
        if (precision >= 32)
            return pattern;
        var masked = pattern & ((1 << precision) - 1);
        return IsSigned && (masked >> (precision - 1)) == 1 ? masked - (1 << precision) : masked;
    }
}
