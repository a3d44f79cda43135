namespace MRNet.Imaging.Evaluation;

/// <summary>One case of one task: what was predicted and what the raters drew, on the same voxels.</summary>
/// <param name="Name">The case's name in its data set.</param>
/// <param name="Probability">(D, H, W): 0..1.</param>
/// <param name="Masks">One for each rater, 0 outside and anything else inside; null where the rater did not grade.</param>
public sealed record CaseToScore(string Name, float[] Probability, IReadOnlyList<byte[]?> Masks)
{
    /// <summary>Who it is of: intervals draw whole patients.</summary>
    public string Patient { get; init; } = Name;

    /// <summary>The model's own idea of each rater's mask, or masks drawn from it; empty: no distances between sets.</summary>
    public IReadOnlyList<byte[]> Samples { get; init; } = [];

    /// <summary>Volume of a voxel; null for a photograph: volumes are then in pixels.</summary>
    public double? VoxelMm3 { get; init; }
}

/// <summary>How cases are scored.</summary>
public sealed record ScoringOptions
{
    public SoftDiceOptions SoftDice { get; init; } = new();

    /// <summary>Bins of the calibration measures.</summary>
    public int Bins { get; init; } = Calibration.DefaultBins;

    /// <summary>Weight of each rater in the share that is aimed at; null: every rater who graded counts the same.</summary>
    public IReadOnlyList<float>? Weights { get; init; }

    /// <summary>A voxel is in the predicted mask at or above this probability.</summary>
    public float Threshold { get; init; } = 0.5f;
}
