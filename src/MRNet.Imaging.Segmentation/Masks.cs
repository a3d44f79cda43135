using System.Numerics;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Segmentation;

/// <summary>Masks from probabilities.</summary>
public static class Masks
{
    /// <returns>1 where the map is at or above the threshold, else 0.</returns>
    public static byte[] AtLeast(ReadOnlySpan<float> map, double threshold)
    {
        var (mask, limit) = (new byte[map.Length], (float)threshold);
        var done = Vectors(map, limit, mask);
        for (var i = done; i < map.Length; i++)
            mask[i] = map[i] >= limit ? (byte)1 : (byte)0;
        return mask;
    }

    /// <summary>How many are at or above the threshold.</summary>
    public static long Count(ReadOnlySpan<float> map, double threshold)
    {
        var (count, limit) = (0L, (float)threshold);
        var wanted = new Vector<float>(limit);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(map);
        foreach (var vector in vectors)
            count -= Vector.Sum(Vector.GreaterThanOrEqual(vector, wanted)); // -1 for each
        foreach (var value in map[(vectors.Length * Vector<float>.Count)..])
            count += value >= limit ? 1 : 0;
        return count;
    }

    /// <summary>Four vectors of comparisons become one of bytes.</summary>
    /// <returns>How many values are done.</returns>
    private static int Vectors(ReadOnlySpan<float> map, float limit, Span<byte> mask)
    {
        var wanted = new Vector<float>(limit);
        var values = MemoryMarshal.Cast<float, Vector<float>>(map);
        var masks = MemoryMarshal.Cast<byte, Vector<sbyte>>(mask);
        for (var i = 0; i < masks.Length; i++)
        {
            var four = values.Slice(4 * i, 4);
            var (a, b) = (Vector.GreaterThanOrEqual(four[0], wanted), Vector.GreaterThanOrEqual(four[1], wanted));
            var (c, d) = (Vector.GreaterThanOrEqual(four[2], wanted), Vector.GreaterThanOrEqual(four[3], wanted));
            masks[i] = Vector.Narrow(Vector.Narrow(a, b), Vector.Narrow(c, d)) & Vector<sbyte>.One;
        }

        return masks.Length * Vector<sbyte>.Count;
    }
}
