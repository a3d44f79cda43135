using System.Numerics;

namespace MRNet.Dicom;

/// <summary>The bits of a JPEG-LS scan, ITU-T T.87 section A.1: after a byte FF the next holds seven bits; FF before a byte of 80 or more is a marker and the end.</summary>
internal ref struct JpegLsBits
{
    private readonly ReadOnlySpan<byte> scan;
    private ulong cache; // the next bit at the top
    private int count;
    private int at;

    /// <param name="scan">From the first byte after the scan header to the end of the stream.</param>
    public JpegLsBits(ReadOnlySpan<byte> scan)
    {
        var end = 0;
        while (end < scan.Length && !(scan[end] == 0xFF && (end + 1 == scan.Length || scan[end + 1] >= 0x80)))
            end++;
        this.scan = scan[..end];
    }

    /// <summary>Bytes of the scan: the marker behind it starts there.</summary>
    public readonly int Length => scan.Length;

    /// <summary>Bits that nothing has asked for; after an intact scan less than two bytes.</summary>
    public readonly long Left => count + (8L * (scan.Length - at));

    public bool Bit() => Bits(1) != 0;

    /// <param name="wanted">At most 32.</param>
    public int Bits(int wanted)
    {
        if (wanted == 0)
            return 0;
        Fill();
        if (count < wanted)
            throw new DicomCodecException($"The JPEG-LS scan of {scan.Length} bytes ends before its last sample.");
        var bits = (int)(cache >> (64 - wanted));
        Drop(wanted);
        return bits;
    }

    /// <summary>The number of 0 bits before the next 1, which is read too.</summary>
    public int Zeros(int most)
    {
        Fill();
        var zeros = BitOperations.LeadingZeroCount(cache);
        if (zeros > most || zeros >= count)
            throw new DicomCodecException(zeros >= count ? $"The JPEG-LS scan of {scan.Length} bytes ends before its last sample." : $"The JPEG-LS scan has a code of more than {most} zeros.");
        Drop(zeros + 1);
        return zeros;
    }

    private void Drop(int bits)
    {
        cache = bits == 64 ? 0 : cache << bits;
        count -= bits;
    }

    /// <summary>At least 57 bits afterwards, or all there are.</summary>
    private void Fill()
    {
        while (count <= 56 && at < scan.Length)
        {
            var bits = at > 0 && scan[at - 1] == 0xFF ? 7 : 8;
            cache |= (ulong)scan[at++] << (64 - bits - count);
            count += bits;
        }
    }
}
