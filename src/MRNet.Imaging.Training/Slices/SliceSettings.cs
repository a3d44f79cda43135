namespace MRNet.Imaging.Training;

/// <summary>What of a data set becomes slices.</summary>
public sealed record SliceSettings
{
    /// <summary>Share of the slices without any mark that training sees, evenly spaced, 0..1; scores see all slices.</summary>
    public double EmptySlices { get; init; } = 1;

    /// <summary>
    /// Puts each case's raters in the order of the area they marked, the tightest first: for raters who are not the same persons
    /// from case to case (LIDC's readers are slots) this makes of each slot a style that a network can learn.
    /// </summary>
    public bool RatersByArea { get; init; }

    /// <summary>Grey values that become 0 and 1 where the data are already stretched as the preparation would (crops of 0..255); null where not.</summary>
    public IReadOnlyList<double>? Stretched { get; init; }

    /// <summary>Each slice is scored alone, not the volume it is of: for crops, whose stacks are no volumes.</summary>
    public bool ScoreSlices { get; init; }
}
