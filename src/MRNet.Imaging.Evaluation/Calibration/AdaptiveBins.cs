namespace MRNet.Imaging.Evaluation;

/// <summary>
/// Bins that hold as many voxels each. Voxels of the same probability are parted in proportion where a border falls
/// among them, so that the order of voxels does not matter.
/// </summary>
internal static class AdaptiveBins
{
    public static double Error(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var (size, error) = ((double)probability.Length / bins, 0.0);
        var (filled, off) = (0.0, 0.0);
        foreach (var (p, count, marked) in Groups(probability, share))
            for (var left = (double)count; left > 0;)
            {
                var part = Math.Min(left, size - filled);
                off += part * (p - marked / count);
                (filled, left) = (filled + part, left - part);
                if (filled < size * (1 - 1e-9))
                    continue;
                error += Math.Abs(off);
                (filled, off) = (0, 0);
            }

        return (error + Math.Abs(off)) / probability.Length;
    }

    /// <summary>Each probability that occurs, ascending, with its voxels and the sum of their shares.</summary>
    private static List<(double Probability, long Count, double Marked)> Groups(ReadOnlySpan<float> probability, ReadOnlySpan<float> share)
    {
        var keys = new ulong[probability.Length];
        var (count, zeros, marked) = (0, 0L, 0.0);
        for (var i = 0; i < probability.Length; i++)
            if (probability[i] <= 0) // most of an image, often: not worth sorting
                (zeros, marked) = (zeros + 1, marked + share[i]);
            else
                keys[count++] = (ulong)BitConverter.SingleToUInt32Bits(Math.Min(probability[i], 1)) << 32 | BitConverter.SingleToUInt32Bits(share[i]);
        keys.AsSpan(0, count).Sort(); // floats above 0 are in the order of their bits

        List<(double, long, double)> groups = zeros > 0 ? [(0, zeros, marked)] : [];
        for (var at = 0; at < count;)
        {
            var (start, bits, sum) = (at, keys[at] >> 32, 0.0);
            for (; at < count && keys[at] >> 32 == bits; at++)
                sum += BitConverter.UInt32BitsToSingle((uint)keys[at]);
            groups.Add((BitConverter.UInt32BitsToSingle((uint)bits), at - start, sum));
        }

        return groups;
    }
}
