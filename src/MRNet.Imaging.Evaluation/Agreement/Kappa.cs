namespace MRNet.Imaging.Evaluation;

/// <summary>Agreement beyond what chance would give; every voxel counts, so a large empty background raises it.</summary>
internal static class Kappa
{
    /// <summary>Cohen (1960), two raters.</summary>
    public static double? Cohen(Tally tally, long voxels)
    {
        var (a, b) = ((double)tally.InA / voxels, (double)tally.InB / voxels);
        var observed = (voxels - tally.InA - tally.InB + 2.0 * tally.InBoth) / voxels;
        return BeyondChance(observed, a * b + (1 - a) * (1 - b));
    }

    /// <summary>Fleiss (1971), any number of raters who all grade every voxel.</summary>
    public static double? Fleiss(RaterVotes votes)
    {
        double n = votes.Raters;
        if (n < 2)
            return null;

        var agreeing = votes.Combinations.Sum(c => c.Count * (c.Votes * (c.Votes - 1.0) + (n - c.Votes) * (n - c.Votes - 1)));
        var marked = votes.Combinations.Sum(c => (double)c.Count * c.Votes) / (n * votes.Voxels);
        return BeyondChance(agreeing / (n * (n - 1) * votes.Voxels), marked * marked + (1 - marked) * (1 - marked));
    }

    private static double? BeyondChance(double observed, double chance) => chance >= 1 ? null : (observed - chance) / (1 - chance);
}
