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

    /// <summary>Leaves only the largest part that hangs together over faces, within and across slices; of two equal ones the first.</summary>
    /// <param name="mask">(D, H, W) of the box, 0 or 1; changed.</param>
    public static void KeepLargest(byte[] mask, VoxelBox box)
    {
        const byte Seen = 2, Largest = 3;
        var (best, start) = (0, -1);
        for (var i = 0; i < mask.Length; i++)
            if (mask[i] == 1 && Fill(mask, box, i, from: 1, to: Seen) is var size && size > best)
                (best, start) = (size, i);
        if (start >= 0)
            Fill(mask, box, start, from: Seen, to: Largest);
        for (var i = 0; i < mask.Length; i++)
            mask[i] = mask[i] == Largest ? (byte)1 : (byte)0;
    }

    /// <returns>How many voxels hang together with the first.</returns>
    private static int Fill(byte[] mask, VoxelBox box, int first, byte from, byte to)
    {
        var (columns, pixels, size) = (box.Columns, box.PixelsPerSlice, 0);
        var open = new Stack<int>();
        open.Push(first);
        mask[first] = to;
        while (open.TryPop(out var at))
        {
            size++;
            var (x, y) = (at % columns, at % pixels / columns);
            Reach(at - 1, x > 0);
            Reach(at + 1, x < columns - 1);
            Reach(at - columns, y > 0);
            Reach(at + columns, y < box.Rows - 1);
            Reach(at - pixels, at >= pixels);
            Reach(at + pixels, at < mask.Length - pixels);
        }

        return size;

        void Reach(int next, bool isThere)
        {
            if (!isThere || mask[next] != from)
                return;
            mask[next] = to;
            open.Push(next);
        }
    }
}
