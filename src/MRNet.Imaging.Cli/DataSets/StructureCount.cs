using MRNet.Imaging.DataSets;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Cli.DataSets;

/// <summary>Counts of one structure over the cases.</summary>
internal sealed class StructureCount(string name, IReadOnlyList<string> raters)
{
    private readonly int[] graded = new int[raters.Count];
    private readonly int[] missing = new int[raters.Count];
    private readonly int[] empty = new int[raters.Count];
    private readonly double[] sizes = new double[raters.Count];
    private readonly List<double> dices = [];
    private readonly List<(double Any, double Majority, double All)> shares = [];
    private string unit = "pixels";

    public void Add(RaterMasks masks, int structure)
    {
        var present = masks.Present(structure);
        if (present.Count == 0)
            return;

        unit = masks.Grid.HasPatientSpace ? "mL" : "pixels";
        for (var r = 0; r < raters.Count; r++)
            Count(r, masks[structure, r], masks.Grid);
        if (present.Count > 1)
            dices.Add(Pairs(present).Average(pair => Overlap.Dice(pair.A, pair.B)));
        shares.Add(Shares(present));
    }

    public StructureSummary Summary() => new(
        name, shares.Count, dices.Count > 0 ? dices.Average() : null,
        Mean(share => share.Any), Mean(share => share.Majority), Mean(share => share.All),
        [.. raters.Select((rater, r) => new RaterSummary(rater, graded[r], missing[r], empty[r], graded[r] > 0 ? sizes[r] / graded[r] : 0, unit))]);

    public IEnumerable<string> Warnings() => raters.SelectMany((rater, r) => (graded[r], empty[r]) switch
    {
        (0, _) => new[] { $"{rater} graded {name} in no case" },
        (var masks, var nothing) when masks == nothing => [$"{rater} marked nothing of {name} in any of {masks} cases; if that is no finding, leave the rater out"],
        _ => [],
    });

    private double Mean(Func<(double Any, double Majority, double All), double> part) => shares.Count > 0 ? shares.Average(part) : 0;

    private void Count(int rater, byte[]? mask, Grid grid)
    {
        if (mask is null)
        {
            missing[rater]++;
            return;
        }

        var inside = mask.LongCount(value => value != 0);
        graded[rater]++;
        empty[rater] += inside == 0 ? 1 : 0;
        sizes[rater] += grid.HasPatientSpace ? inside * grid.VoxelVolumeMm3 / 1000 : inside;
    }

    private static IEnumerable<(byte[] A, byte[] B)> Pairs(IReadOnlyList<byte[]> masks) =>
        from i in Enumerable.Range(0, masks.Count)
        from j in Enumerable.Range(i + 1, masks.Count - i - 1)
        select (masks[i], masks[j]);

    private static (double Any, double Majority, double All) Shares(IReadOnlyList<byte[]> masks)
    {
        var (any, majority, all) = (0L, 0L, 0L);
        for (var i = 0; i < masks[0].Length; i++)
        {
            var votes = 0;
            foreach (var mask in masks)
                votes += mask[i];
            (any, majority, all) = (any + (votes > 0 ? 1 : 0), majority + (2 * votes > masks.Count ? 1 : 0), all + (votes == masks.Count ? 1 : 0));
        }

        return ((double)any / masks[0].Length, (double)majority / masks[0].Length, (double)all / masks[0].Length);
    }
}
