using System.Numerics;

namespace MRNet.Imaging.Evaluation;

/// <summary>Dice at several levels of a probability against the share of raters that mark a voxel (QUBIQ; Ji et al., section 4).</summary>
public static class SoftDice
{
    private const double WeightTolerance = 1e-6;

    /// <param name="probability">0..1 for each voxel of the whole case, all slices together; values outside are cut.</param>
    /// <param name="masks">One for each rater: 0 outside, anything else inside; null where the rater did not grade. An empty mask is a vote of 0.</param>
    /// <exception cref="ArgumentException">NaN, no rater, or lengths that differ.</exception>
    public static SoftDiceScore Score(ReadOnlySpan<float> probability, IReadOnlyList<byte[]?> masks, SoftDiceOptions? options = null) =>
        Score(probability, RaterVotes.Of(masks), options);

    /// <summary>The same with weighted raters: a voxel's share is the sum of the weights of those who mark it.</summary>
    /// <param name="weights">One for each rater; those of the raters who graded are brought to sum 1.</param>
    public static SoftDiceScore Score(
        ReadOnlySpan<float> probability, IReadOnlyList<byte[]?> masks, IReadOnlyList<float> weights, SoftDiceOptions? options = null) =>
        Score(probability, RaterVotes.Of(masks), weights, options);

    public static SoftDiceScore Score(ReadOnlySpan<float> probability, RaterVotes votes, SoftDiceOptions? options = null)
    {
        options ??= new();

        // Whole votes against a whole number: 3 of 5 reach 0.6 whatever 0.2f + 0.2f + 0.2f is.
        int[] needed = [.. options.Levels.Select(level => VotesNeeded(level, votes.Raters, options.LevelIsInside))];
        return Score(probability, votes, bits => needed.Count(least => BitOperations.PopCount((uint)bits) >= least), options);
    }

    public static SoftDiceScore Score(
        ReadOnlySpan<float> probability, RaterVotes votes, IReadOnlyList<float> weights, SoftDiceOptions? options = null)
    {
        options ??= new();
        var share = RaterWeights.Shares(votes, weights);
        return Score(probability, votes, bits => Reached(share[bits], options), options);
    }

    /// <summary>Against any map in place of the raters' share: a fusion, another method.</summary>
    /// <param name="share">0..1 for each voxel; a level counts as reached from 1e-6 below.</param>
    public static SoftDiceScore Against(ReadOnlySpan<float> probability, ReadOnlySpan<float> share, SoftDiceOptions? options = null)
    {
        options ??= new();
        Check(probability, share.Length);
        Probabilities.RefuseNaN(share);

        var (joint, steps) = (new JointLevels(options), JointLevels.Steps(options));
        for (var i = 0; i < share.Length; i++)
            joint.Add(JointLevels.Reached(probability[i], steps), Reached(share[i], options));
        return joint.Score();
    }

    /// <summary>The fewest votes of <paramref name="raters"/> that reach a level.</summary>
    internal static int VotesNeeded(decimal level, int raters, bool levelIsInside) => levelIsInside
        ? (int)decimal.Ceiling(level * raters)
        : (int)decimal.Floor(level * raters) + 1;

    /// <param name="reached">Of a combination of marks: how many levels it reaches.</param>
    private static SoftDiceScore Score(ReadOnlySpan<float> probability, RaterVotes votes, Func<int, int> reached, SoftDiceOptions options)
    {
        Check(probability, votes.Voxels);
        var (joint, steps, table, marks) = (new JointLevels(options), JointLevels.Steps(options), votes.Table(reached), votes.Marks);
        for (var i = 0; i < marks.Length; i++)
            joint.Add(JointLevels.Reached(probability[i], steps), table[marks[i]]);
        return joint.Score();
    }

    private static int Reached(double share, SoftDiceOptions options)
    {
        var tolerance = options.LevelIsInside ? -WeightTolerance : WeightTolerance;
        var reached = 0;
        while (reached < options.Levels.Count && share >= (double)options.Levels[reached] + tolerance)
            reached++;
        return reached;
    }

    private static void Check(ReadOnlySpan<float> probability, int voxels)
    {
        if (probability.Length != voxels)
            throw new ArgumentException($"The probability has {probability.Length} voxels; the raters have {voxels}.", nameof(probability));
        Probabilities.RefuseNaN(probability);
    }
}
