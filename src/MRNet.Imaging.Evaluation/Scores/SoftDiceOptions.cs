namespace MRNet.Imaging.Evaluation;

/// <summary>How a soft Dice score is counted.</summary>
public sealed record SoftDiceOptions
{
    private readonly IReadOnlyList<decimal> levels = PaperLevels;

    /// <summary>The paper's levels (Ji et al., CVPR 2021).</summary>
    public static IReadOnlyList<decimal> PaperLevels { get; } = [0.1m, 0.3m, 0.5m, 0.7m, 0.9m];

    /// <summary>The QUBIQ challenge's levels.</summary>
    public static IReadOnlyList<decimal> ChallengeLevels { get; } = [0.1m, 0.2m, 0.3m, 0.4m, 0.5m, 0.6m, 0.7m, 0.8m, 0.9m];

    /// <summary>Thresholds above 0 and up to 1, decimal so that 3 of 5 votes are exactly 0.6; kept ascending.</summary>
    /// <exception cref="ArgumentException">None, one twice, or one outside.</exception>
    public IReadOnlyList<decimal> Levels
    {
        get => levels;
        init => levels = Checked(value);
    }

    /// <summary>A voxel at the level itself: inside (the paper, &gt;=) or outside (&gt;).</summary>
    public bool LevelIsInside { get; init; } = true;

    /// <summary>Dice and IoU of a level at which both sides are empty: 1 (the paper's code) or 0.</summary>
    public double BothEmpty { get; init; } = 1;

    private static decimal[] Checked(IReadOnlyList<decimal> levels)
    {
        if (levels.Count == 0 || levels.Distinct().Count() != levels.Count || levels.Any(level => level is <= 0 or > 1))
            throw new ArgumentException($"The levels are {string.Join(", ", levels)}; expected some above 0 and up to 1, each once.", nameof(levels));
        return [.. levels.Order()];
    }
}
