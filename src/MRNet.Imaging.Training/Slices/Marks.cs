using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Training;

/// <summary>The masks of a case, its raters in the order in which the network has them.</summary>
internal sealed class Marks
{
    private readonly RaterMasks masks;
    private readonly int[] order;

    public Marks(RaterMasks masks, bool byArea)
    {
        this.masks = masks;
        order = [.. Enumerable.Range(0, masks.Raters)];
        if (byArea)
            order = [.. order.OrderBy(r => Graded(r) ? 0 : 1).ThenBy(Area)]; // who did not grade comes last
    }

    public Grid Grid => masks.Grid;

    public int Raters => masks.Raters;

    public int Structures => masks.Structures;

    /// <summary>[R S]: who graded what.</summary>
    public bool[] Present => [.. from r in order from s in Enumerable.Range(0, masks.Structures) select masks[s, r] is not null];

    /// <summary>The raters who marked anything at all.</summary>
    public IEnumerable<int> Markers => Enumerable.Range(0, Raters).Where(r => Area(order[r]) > 0);

    /// <summary>Whether any rater marked anything in a slice.</summary>
    public bool IsMarked(int slice) => All(slice).Any(mask => mask.Span.ContainsAnyExcept((byte)0));

    /// <summary>(H, W): marked in any slice by any rater.</summary>
    public bool[] Union()
    {
        var union = new bool[Grid.PixelsPerSlice];
        for (var slice = 0; slice < Grid.Slices; slice++)
            foreach (var mask in All(slice))
                for (var i = 0; i < union.Length; i++)
                    union[i] |= mask.Span[i] != 0;
        return union;
    }

    /// <summary>Packs a slice's masks, each target pixel from the one source pixel it is given.</summary>
    /// <param name="source">For each target pixel the pixel of the slice; -1 for outside.</param>
    /// <param name="united">One mask for each rater: the union of the structures.</param>
    /// <returns>(P, h, w), see <see cref="SlicePixels.Marks"/>, and how many pixels are marked.</returns>
    public (byte[] Planes, long Marked) Pack(int slice, int[] source, bool united)
    {
        var structures = united ? 1 : masks.Structures;
        var planes = new byte[(masks.Raters * structures + 7) / 8 * source.Length];
        for (var r = 0; r < masks.Raters; r++)
            for (var s = 0; s < masks.Structures; s++)
                if (masks[s, order[r]] is { } mask)
                    Lay(mask.AsSpan(slice * Grid.PixelsPerSlice, Grid.PixelsPerSlice), source, planes, united ? r : r * structures + s);
        return (planes, planes.Sum(value => (long)System.Numerics.BitOperations.PopCount(value)));
    }

    private static void Lay(ReadOnlySpan<byte> mask, int[] source, byte[] planes, int index)
    {
        var plane = planes.AsSpan(index / 8 * source.Length, source.Length);
        var bit = (byte)(1 << (index % 8));
        for (var i = 0; i < source.Length; i++)
            if (source[i] >= 0 && mask[source[i]] != 0)
                plane[i] |= bit;
    }

    private IEnumerable<ReadOnlyMemory<byte>> All(int slice) =>
        from s in Enumerable.Range(0, masks.Structures)
        from mask in masks.Present(s)
        select (ReadOnlyMemory<byte>)mask.AsMemory(slice * Grid.PixelsPerSlice, Grid.PixelsPerSlice);

    private bool Graded(int rater) => Enumerable.Range(0, masks.Structures).Any(s => masks[s, rater] is not null);

    private long Area(int rater) => Enumerable.Range(0, masks.Structures).Sum(s => masks[s, rater] is { } mask ? mask.LongCount(value => value != 0) : 0);
}
