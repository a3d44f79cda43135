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

    internal static void RefuseNaN(ReadOnlySpan<float> probability)
    {
        foreach (var p in probability)
            if (float.IsNaN(p))
                throw new ArgumentException("A probability is NaN; expected 0 to 1.", nameof(probability));
    }

    private static Tally Count(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"The masks have {a.Length} and {b.Length} voxels; expected as many.", nameof(b));

        var tally = default(Tally);
        for (var i = 0; i < a.Length; i++)
            tally.Add(a[i] != 0, b[i] != 0);
        return tally;
    }
}

/// <summary>Voxels in A, in B and in both.</summary>
internal struct Tally
{
    private long inA;
    private long inB;
    private long inBoth;

    public void Add(bool a, bool b)
    {
        inA += a ? 1 : 0;
        inB += b ? 1 : 0;
        inBoth += a && b ? 1 : 0;
    }

    public readonly double Dice(double bothEmpty) => inA + inB == 0 ? bothEmpty : 2.0 * inBoth / (inA + inB);

    public readonly double Iou(double bothEmpty) => inA + inB == 0 ? bothEmpty : (double)inBoth / (inA + inB - inBoth);

    public readonly LevelScore At(decimal level, double bothEmpty) => new(level, inA, inB, inBoth, Dice(bothEmpty), Iou(bothEmpty));
}
