using System.Numerics;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Evaluation;

/// <summary>
/// Which raters mark each voxel. What is said of raters among themselves is counted on the combinations that occur: six
/// raters have at most 64, however many voxels the image has.
/// </summary>
public sealed class RaterVotes
{
    /// <summary>More raters than this are refused: each has one bit of a voxel's combination.</summary>
    public const int MostRaters = 16;

    private RaterVotes(int slots, int[] present, ushort[] marks, long[] counts)
    {
        (Slots, Present, Marks) = (slots, present, marks);
        Combinations = [.. Enumerable.Range(0, counts.Length).Where(bits => counts[bits] > 0).Select(bits => new Combination(bits, counts[bits]))];
    }

    /// <summary>How many raters there could be, those without a mask among them.</summary>
    public int Slots { get; }

    /// <summary>The slots of the raters who graded, ascending.</summary>
    public IReadOnlyList<int> Present { get; }

    public int Raters => Present.Count;

    public int Voxels => Marks.Length;

    /// <summary>Of each voxel: bit k is set where the k-th present rater marks it.</summary>
    internal ushort[] Marks { get; }

    /// <summary>Every combination of marks that occurs, ascending.</summary>
    internal IReadOnlyList<Combination> Combinations { get; }

    /// <param name="masks">One for each rater, 0 outside and anything else inside; null where the rater did not grade: no vote. An empty mask is a vote of 0.</param>
    /// <exception cref="ArgumentException">No rater graded, too many, or lengths that differ.</exception>
    public static RaterVotes Of(IReadOnlyList<byte[]?> masks)
    {
        int[] present = [.. Enumerable.Range(0, masks.Count).Where(rater => masks[rater] is not null)];
        byte[][] given = [.. present.Select(rater => masks[rater]!)];
        Check(given);

        var marks = new ushort[given[0].Length];
        for (var rater = 0; rater < given.Length; rater++)
            Mark(given[rater], (ushort)(1 << rater), marks);

        var counts = new long[1 << given.Length];
        foreach (var bits in marks)
            counts[bits]++;
        return new(masks.Count, present, marks, counts);
    }

    /// <summary>How many of the present raters mark each voxel.</summary>
    public byte[] Count() => Map(bits => (byte)BitOperations.PopCount((uint)bits));

    /// <summary>The same value for every voxel with the same combination.</summary>
    internal T[] Map<T>(Func<int, T> of)
    {
        var table = Table(of);
        var map = new T[Marks.Length];
        for (var i = 0; i < map.Length; i++)
            map[i] = table[Marks[i]];
        return map;
    }

    internal T[] Table<T>(Func<int, T> of) => [.. Enumerable.Range(0, 1 << Raters).Select(of)];

    private static void Check(byte[][] given)
    {
        if (given.Length is 0 or > MostRaters)
            throw new ArgumentException($"{given.Length} raters graded; expected 1 to {MostRaters}.", nameof(given));
        if (given.FirstOrDefault(mask => mask.Length != given[0].Length) is { } odd)
            throw new ArgumentException($"A mask has {odd.Length} voxels, another {given[0].Length}; expected as many.", nameof(given));
    }

    private static void Mark(ReadOnlySpan<byte> mask, ushort bit, Span<ushort> marks)
    {
        var lanes = MemoryMarshal.Cast<byte, Vector<byte>>(mask);
        var target = MemoryMarshal.Cast<ushort, Vector<ushort>>(marks);
        var set = new Vector<ushort>(bit);
        for (var i = 0; i < lanes.Length; i++)
        {
            Vector.Widen(lanes[i], out var low, out var high);
            target[2 * i] |= Vector.AndNot(set, Vector.Equals(low, default));
            target[2 * i + 1] |= Vector.AndNot(set, Vector.Equals(high, default));
        }

        for (var i = lanes.Length * Vector<byte>.Count; i < mask.Length; i++)
            marks[i] |= mask[i] != 0 ? bit : (ushort)0;
    }
}

/// <summary>The voxels that exactly these raters mark.</summary>
/// <param name="Bits">Bit k: the k-th present rater marks them.</param>
internal readonly record struct Combination(int Bits, long Count)
{
    public int Votes => BitOperations.PopCount((uint)Bits);

    public bool Has(int rater) => (Bits >> rater & 1) != 0;
}
