using System.Numerics;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Evaluation;

/// <summary>How far two masks cover the same voxels.</summary>
public static class Overlap
{
    /// <summary>2 |A and B| / (|A| + |B|); <paramref name="bothEmpty"/> when neither has a voxel.</summary>
    /// <param name="a">0 outside, anything else inside.</param>
    /// <exception cref="ArgumentException">Lengths that differ.</exception>
    public static double Dice(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, double bothEmpty = 1) => Count(a, b).Dice(bothEmpty);

    /// <summary>|A and B| / |A or B|; <paramref name="bothEmpty"/> when neither has a voxel.</summary>
    public static double Iou(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, double bothEmpty = 1) => Count(a, b).Iou(bothEmpty);

    internal static Tally Count(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"The masks have {a.Length} and {b.Length} voxels; expected as many.", nameof(b));

        // A lane of bytes can count to 255: then the lanes are added up and start anew.
        var (step, tally) = (Vector<byte>.Count * byte.MaxValue, default(Tally));
        for (var at = 0; at < a.Length; at += step)
        {
            var length = Math.Min(step, a.Length - at);
            tally += CountShort(a.Slice(at, length), b.Slice(at, length));
        }

        return tally;
    }

    private static Tally CountShort(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var left = MemoryMarshal.Cast<byte, Vector<byte>>(a);
        var right = MemoryMarshal.Cast<byte, Vector<byte>>(b);
        Vector<byte> inA = default, inB = default, inBoth = default;
        for (var i = 0; i < left.Length; i++)
        {
            var x = Vector.Min(left[i], Vector<byte>.One); // 0 or 1
            var y = Vector.Min(right[i], Vector<byte>.One);
            inA += x;
            inB += y;
            inBoth += x & y;
        }

        var tally = new Tally(Sum(inA), Sum(inB), Sum(inBoth));
        for (var i = left.Length * Vector<byte>.Count; i < a.Length; i++)
            tally += Tally.Of(1, a[i] != 0, b[i] != 0);
        return tally;
    }

    private static long Sum(Vector<byte> lanes)
    {
        Vector.Widen(lanes, out var low, out var high);
        return Vector.Sum(low + high);
    }
}

/// <summary>Voxels in A, in B and in both.</summary>
internal readonly record struct Tally(long InA, long InB, long InBoth)
{
    public static Tally Of(long count, bool a, bool b) => new(a ? count : 0, b ? count : 0, a && b ? count : 0);

    public static Tally operator +(Tally x, Tally y) => new(x.InA + y.InA, x.InB + y.InB, x.InBoth + y.InBoth);

    public double Dice(double bothEmpty) => InA + InB == 0 ? bothEmpty : 2.0 * InBoth / (InA + InB);

    public double Iou(double bothEmpty) => InA + InB == 0 ? bothEmpty : (double)InBoth / (InA + InB - InBoth);
}
