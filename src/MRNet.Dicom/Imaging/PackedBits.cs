namespace MRNet.Dicom;

/// <summary>1-bit pixels and bytes.</summary>
public static class PackedBits
{
    /// <summary>Bits to bytes 0 or 1; the first pixel in the lowest bit.</summary>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, int firstBit, int count)
    {
        var pixels = new byte[count];
        for (var i = 0; i < count; i++)
            pixels[i] = (byte)((packed[(firstBit + i) >> 3] >> ((firstBit + i) & 7)) & 1);
        return pixels;
    }

    /// <summary>Bytes (0, or anything else for 1) to bits behind each other, as 1-bit Pixel Data of any number of frames is stored (PS3.5 section 8.1.1).</summary>
    public static byte[] Pack(ReadOnlySpan<byte> pixels)
    {
        var packed = new byte[(pixels.Length + 7) / 8];
        for (var i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] != 0)
                packed[i >> 3] |= (byte)(1 << (i & 7));
        }

        return packed;
    }
}
