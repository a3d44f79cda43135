namespace MRNet.Imaging.DataSets;

/// <summary>What each rater drew: for each structure and rater 0 or 1 for each voxel of the image's grid, or nothing.</summary>
public sealed class RaterMasks
{
    private readonly byte[]?[][] masks;

    /// <param name="masks">[S][R] of (D, H, W), 0 or 1; null where a rater did not grade.</param>
    /// <exception cref="ArgumentException">Not one number of raters, or not one value for each voxel.</exception>
    public RaterMasks(Grid grid, byte[]?[][] masks)
    {
        (Grid, this.masks) = (grid, masks);
        Raters = masks.Length == 0 ? 0 : masks[0].Length;
        if (masks.Any(ofStructure => ofStructure.Length != Raters))
            throw new ArgumentException("The structures have different numbers of raters; one who did not grade is null.", nameof(masks));
        if (masks.SelectMany(ofStructure => ofStructure).FirstOrDefault(mask => mask is not null && mask.LongLength != grid.Count) is { } odd)
            throw new ArgumentException($"A mask has {odd.Length} voxels; the grid has {grid.Count}.", nameof(masks));
    }

    /// <summary>The image's grid.</summary>
    public Grid Grid { get; }

    public int Structures => masks.Length;

    public int Raters { get; }

    /// <summary>(D, H, W), 0 or 1; null: this rater did not grade (no vote). An all-0 array is a vote of 0.</summary>
    public byte[]? this[int structure, int rater] => masks[structure][rater];

    /// <summary>The masks of the raters who graded a structure.</summary>
    public IReadOnlyList<byte[]> Present(int structure) => [.. masks[structure].OfType<byte[]>()];
}
