using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MRNet.Imaging;

/// <summary>A row of pixels that are each a mix of two source pixels: all of enlarging. Eight at a time where the processor has AVX2.</summary>
internal sealed unsafe class TapPairs
{
    private readonly int[] first;
    private readonly int[] second;
    private readonly float[] ofFirst;
    private readonly float[] ofSecond;

    /// <param name="taps">Of one or two weights each.</param>
    public TapPairs(Resampling.Taps[] taps)
    {
        first = [.. taps.Select(one => one.First)];
        second = [.. taps.Select(one => one.First + one.Weights.Length - 1)];
        ofFirst = [.. taps.Select(one => one.Weights[0])];
        ofSecond = [.. taps.Select(one => one.Weights.Length == 2 ? one.Weights[1] : 0)];
    }

    public void Mix(ReadOnlySpan<float> row, Span<float> target)
    {
        if (row.Length <= second[^1] || target.Length != first.Length)
            throw new ArgumentException($"The row has {row.Length} pixels, the target {target.Length}; expected {second[^1] + 1} or more, and {first.Length}.", nameof(row));

        var x = 0;
        if (Avx2.IsSupported)
            fixed (float* pixels = row)
                for (; x <= target.Length - Vector256<float>.Count; x += Vector256<float>.Count)
                {
                    var (left, right) = (Take(pixels, row.Length, first, x), Take(pixels, row.Length, second, x));
                    (left * Vector256.Create(ofFirst, x) + right * Vector256.Create(ofSecond, x)).CopyTo(target[x..]);
                }

        for (; x < target.Length; x++)
            target[x] = row[first[x]] * ofFirst[x] + row[second[x]] * ofSecond[x];
    }

    /// <summary>Eight pixels by their places. Enlarging, they lie within eight neighbours: one load and a permutation in place of a gather.</summary>
    private static Vector256<float> Take(float* pixels, int length, int[] places, int x)
    {
        var (at, lowest) = (Vector256.Create(places, x), places[x]);
        return places[x + Vector256<float>.Count - 1] - lowest < Vector256<float>.Count && lowest + Vector256<float>.Count <= length
            ? Avx2.PermuteVar8x32(Vector256.Load(pixels + lowest), at - Vector256.Create(lowest))
            : Avx2.GatherVector256(pixels, at, sizeof(float));
    }
}
