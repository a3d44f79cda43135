namespace MRNet.Imaging.Evaluation;

/// <summary>How a soft Dice score is counted.</summary>
public sealed record SoftDiceOptions
{
    /// <summary>The paper's levels (Ji et al., CVPR 2021).</summary>
    public static IReadOnlyList<decimal> PaperLevels { get; } = [0.1m, 0.3m, 0.5m, 0.7m, 0.9m];

    /// <summary>The QUBIQ challenge's levels.</summary>
    public static IReadOnlyList<decimal> ChallengeLevels { get; } = [0.1m, 0.2m, 0.3m, 0.4m, 0.5m, 0.6m, 0.7m, 0.8m, 0.9m];

    /// <summary>Thresholds, decimal so that 3 of 5 votes are exactly 0.6.</summary>
    public IReadOnlyList<decimal> Levels { get; init; } = PaperLevels;

    /// <summary>A voxel at the level itself: inside (the paper, &gt;=) or outside (&gt;).</summary>
    public bool LevelIsInside { get; init; } = true;

    /// <summary>Dice and IoU of a level at which both sides are empty: 1 (the paper's code) or 0.</summary>
    public double BothEmpty { get; init; } = 1;
}

/// <summary>One level of a soft Dice score, in counted voxels.</summary>
public sealed record LevelScore(decimal Level, long Predicted, long Marked, long Both, double Dice, double Iou)
{
    /// <summary>Neither side has a voxel here: the score is a rule, not a measurement.</summary>
    public bool IsEmpty => Predicted + Marked == 0;
}

/// <summary>A soft Dice score: the mean over levels.</summary>
public sealed record SoftDiceScore(IReadOnlyList<LevelScore> Levels)
{
    public double Dice => Levels.Average(level => level.Dice);

    public double Iou => Levels.Average(level => level.Iou);

    /// <summary>How many levels were empty on both sides: each can move the score by 1 / levels.</summary>
    public int EmptyLevels => Levels.Count(level => level.IsEmpty);
}

/// <summary>Dice at several levels of a probability against the share of raters that mark a voxel (QUBIQ; Ji et al., section 4).</summary>
public static class SoftDice
{
    private const double WeightTolerance = 1e-6;

    /// <param name="probability">0..1 for each voxel; values outside are cut.</param>
    /// <param name="masks">One for each rater who graded: 0 outside, anything else inside. A rater without a file is left out; an empty mask is a vote of 0.</param>
    /// <exception cref="ArgumentException">NaN, no rater, or lengths that differ.</exception>
    public static SoftDiceScore Score(ReadOnlySpan<float> probability, IReadOnlyList<byte[]> masks, SoftDiceOptions? options = null)
    {
        options ??= new();
        Check(probability, masks);
        var votes = Votes(probability.Length, masks);

        // Whole votes against a whole number: 3 of 5 reach 0.6 whatever 0.2f + 0.2f + 0.2f is.
        var scores = new List<LevelScore>();
        foreach (var level in options.Levels)
        {
            var needed = VotesNeeded(level, masks.Count, options.LevelIsInside);
            var tally = default(Tally);
            for (var i = 0; i < votes.Length; i++)
                tally.Add(Reaches(probability[i], level, options.LevelIsInside), votes[i] >= needed);
            scores.Add(tally.At(level, options.BothEmpty));
        }

        return new(scores);
    }

    /// <summary>The same with weighted raters: a voxel's share is the sum of the weights of those who mark it.</summary>
    /// <param name="weights">One for each mask; they sum to 1.</param>
    public static SoftDiceScore Score(
        ReadOnlySpan<float> probability, IReadOnlyList<byte[]> masks, IReadOnlyList<float> weights, SoftDiceOptions? options = null)
    {
        options ??= new();
        Check(probability, masks);
        if (weights.Count != masks.Count)
            throw new ArgumentException($"{weights.Count} weights; expected {masks.Count}.", nameof(weights));

        var shares = new double[probability.Length];
        for (var rater = 0; rater < masks.Count; rater++)
            for (var i = 0; i < shares.Length; i++)
                shares[i] += masks[rater][i] != 0 ? weights[rater] : 0;

        var scores = new List<LevelScore>();
        foreach (var level in options.Levels)
        {
            var least = (double)level + (options.LevelIsInside ? -WeightTolerance : WeightTolerance);
            var tally = default(Tally);
            for (var i = 0; i < shares.Length; i++)
                tally.Add(Reaches(probability[i], level, options.LevelIsInside), shares[i] >= least);
            scores.Add(tally.At(level, options.BothEmpty));
        }

        return new(scores);
    }

    /// <summary>The fewest votes of <paramref name="raters"/> that reach a level.</summary>
    internal static int VotesNeeded(decimal level, int raters, bool levelIsInside) => levelIsInside
        ? (int)decimal.Ceiling(level * raters)
        : (int)decimal.Floor(level * raters) + 1;

    /// <summary>In float, as the network's output is: 0.7f counts as 0.7.</summary>
    private static bool Reaches(float probability, decimal level, bool levelIsInside) =>
        levelIsInside ? probability >= (float)level : probability > (float)level;

    private static int[] Votes(int length, IReadOnlyList<byte[]> masks)
    {
        var votes = new int[length];
        foreach (var mask in masks)
            for (var i = 0; i < length; i++)
                votes[i] += mask[i] != 0 ? 1 : 0;
        return votes;
    }

    private static void Check(ReadOnlySpan<float> probability, IReadOnlyList<byte[]> masks)
    {
        if (masks.Count == 0)
            throw new ArgumentException("No rater graded; expected at least one mask.", nameof(masks));
        foreach (var mask in masks)
            if (mask.Length != probability.Length)
                throw new ArgumentException($"A mask has {mask.Length} voxels; the probability has {probability.Length}.", nameof(masks));
        Overlap.RefuseNaN(probability);
    }
}
