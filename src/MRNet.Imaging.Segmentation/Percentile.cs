namespace MRNet.Imaging.Segmentation;

/// <summary>
/// Exact percentiles without sorting or a copy: values are counted by the upper half of their bits, then those of the
/// bucket that holds the rank by the lower half. NaN does not count.
/// </summary>
internal static class Percentile
{
    private const int Buckets = 1 << 16;

    /// <param name="low">0..100</param>
    /// <param name="high">0..100</param>
    /// <returns>The values of those ranks; 0 and 0 where there is none.</returns>
    public static (float Low, float High) Of(ReadOnlySpan<float> values, double low, double high)
    {
        var upper = new int[Buckets];
        var count = 0;
        foreach (var value in values)
        {
            if (float.IsNaN(value))
                continue;
            upper[Key(value) >> 16]++;
            count++;
        }

        return count == 0 ? (0, 0) : (At(values, upper, Rank(low, count)), At(values, upper, Rank(high, count)));
    }

    private static int Rank(double percent, int count) => (int)Math.Round(Math.Clamp(percent, 0, 100) / 100 * (count - 1));

    private static float At(ReadOnlySpan<float> values, int[] upper, int rank)
    {
        var bucket = Find(upper, ref rank);
        var lower = new int[Buckets];
        foreach (var value in values)
            if (Key(value) is var key && key >> 16 == bucket && !float.IsNaN(value))
                lower[key & (Buckets - 1)]++;
        return Value(bucket << 16 | Find(lower, ref rank));
    }

    /// <returns>The bucket that holds the rank, which becomes the rank within it.</returns>
    private static uint Find(int[] counts, ref int rank)
    {
        var bucket = 0;
        while (rank >= counts[bucket])
            rank -= counts[bucket++];
        return (uint)bucket;
    }

    /// <summary>A number that is ordered as the float is.</summary>
    private static uint Key(float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        return (uint)(bits ^ (bits >> 31 | int.MinValue));
    }

    private static float Value(uint key) => BitConverter.UInt32BitsToSingle((key & 0x80000000) != 0 ? key ^ 0x80000000 : ~key);
}
