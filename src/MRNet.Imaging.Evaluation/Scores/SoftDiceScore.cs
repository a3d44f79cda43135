namespace MRNet.Imaging.Evaluation;

/// <summary>A soft Dice score: the mean over levels.</summary>
public sealed record SoftDiceScore(IReadOnlyList<LevelScore> Levels)
{
    public double Dice => Levels.Average(level => level.Dice);

    public double Iou => Levels.Average(level => level.Iou);

    /// <summary>How many levels were empty on both sides: each can move the score by 1 / levels.</summary>
    public int EmptyLevels => Levels.Count(level => level.IsEmpty);
}

/// <summary>One level of a soft Dice score, in counted voxels.</summary>
/// <param name="Predicted">Voxels where the prediction reaches the level.</param>
/// <param name="Marked">Voxels where the raters' share does.</param>
/// <param name="Both">Voxels where both do.</param>
public sealed record LevelScore(decimal Level, long Predicted, long Marked, long Both, double Dice, double Iou)
{
    /// <summary>Neither side has a voxel here: the score is a rule, not a measurement.</summary>
    public bool IsEmpty => Predicted + Marked == 0;
}
