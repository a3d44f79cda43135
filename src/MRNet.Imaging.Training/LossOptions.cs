namespace MRNet.Imaging.Training;

/// <summary>The terms of Eq. 7 and their weights; the defaults are the paper's.</summary>
public sealed record LossOptions
{
    /// <summary>Weight of consistency against reconstruction, 0..1.</summary>
    public double Alpha { get; init; } = 0.7;

    /// <summary>The term (1 - alpha) rec is there.</summary>
    public bool Reconstruction { get; init; } = true;

    /// <summary>The term alpha con is there.</summary>
    public bool Consistency { get; init; } = true;
}
