namespace MRNet.Imaging.Evaluation;

/// <summary>One map out of what several raters drew. STAPLE has its own class.</summary>
public static class RaterFusion
{
    /// <summary>Share of the raters who graded that mark each voxel, 0..1.</summary>
    public static float[] Mean(RaterVotes votes) => votes.Map(bits => (float)int.PopCount(bits) / votes.Raters);

    /// <summary>Sum of the weights of those who mark each voxel, 0..1.</summary>
    /// <param name="weights">One for each slot; those of the raters who graded are brought to sum 1.</param>
    public static float[] Weighted(RaterVotes votes, IReadOnlyList<float> weights)
    {
        var shares = RaterWeights.Shares(votes, weights);
        return votes.Map(bits => (float)shares[bits]);
    }

    /// <summary>1 where at least half of the raters mark the voxel: the mean at the level 0.5.</summary>
    public static byte[] Majority(RaterVotes votes) =>
        votes.Map(bits => IsMajority(int.PopCount(bits), votes.Raters) ? (byte)1 : (byte)0);

    internal static bool IsMajority(int votes, int raters) => 2 * votes >= raters;
}
