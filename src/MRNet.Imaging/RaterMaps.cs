namespace MRNet.Imaging;

/// <summary>
/// What the network says of an image, on the image's own grid: how probable each structure is, how far the raters
/// disagree, and each rater's likely grading. Only the computed box is held; elsewhere every map is 0.
/// </summary>
public sealed class RaterMaps
{
    /// <param name="raters">None for a preview, which has no uncertainty either.</param>
    /// <exception cref="ArgumentException">The box lies outside the grid.</exception>
    public RaterMaps(Grid grid, VoxelBox box, IReadOnlyList<string> structures, IReadOnlyList<string> raters)
        : this(grid, box, structures, raters, Maps(box, structures.Count), Maps(box, raters.Count == 0 ? 0 : structures.Count), [.. raters.Select(_ => Maps(box, structures.Count))])
    {
    }

    /// <summary>Of maps that were computed elsewhere. One that nobody will ask for may be empty.</summary>
    /// <exception cref="ArgumentException">The box lies outside the grid.</exception>
    public RaterMaps(
        Grid grid, VoxelBox box, IReadOnlyList<string> structures, IReadOnlyList<string> raters,
        IReadOnlyList<float[]> probability, IReadOnlyList<float[]> uncertainty, IReadOnlyList<IReadOnlyList<float[]>> raterProbability)
    {
        if (!box.IsWithin(grid))
            throw new ArgumentException("The box lies outside the grid.", nameof(box));

        (Grid, Box, Structures, Raters) = (grid, box, structures, raters);
        (Probability, Uncertainty, RaterProbability) = (probability, uncertainty, raterProbability);
    }

    public Grid Grid { get; }

    /// <summary>The voxels that were computed.</summary>
    public VoxelBox Box { get; }

    public IReadOnlyList<string> Structures { get; }

    public IReadOnlyList<string> Raters { get; }

    /// <summary>[S] of (D, H, W) over <see cref="Box"/>: calibrated probability, 0..1.</summary>
    public IReadOnlyList<float[]> Probability { get; }

    /// <summary>[S] of (D, H, W) over <see cref="Box"/>: standard deviation over the raters (Ji et al. Eq. 3), 0..0.5; empty without raters.</summary>
    public IReadOnlyList<float[]> Uncertainty { get; }

    /// <summary>[R][S] of (D, H, W) over <see cref="Box"/>: probability that this rater marks the voxel, 0..1.</summary>
    public IReadOnlyList<IReadOnlyList<float[]>> RaterProbability { get; }

    /// <summary>While the maps are being computed: which slices are there. Null: all are.</summary>
    public SliceArrivals? Arrivals { get; set; }

    /// <summary>Lays one slice of a box map into a whole slice of the grid, 0 outside the box; waits for one that is still being computed.</summary>
    /// <param name="map">(D, H, W) over <see cref="Box"/>.</param>
    /// <param name="slice">Slice of the grid, not of the box.</param>
    /// <param name="whole">(H, W) of the grid.</param>
    /// <returns>False where the slice lies outside the box: all 0.</returns>
    /// <exception cref="OperationCanceledException">The slice was never computed.</exception>
    public bool CopySlice<T>(ReadOnlySpan<T> map, int slice, Span<T> whole)
        where T : struct
    {
        whole.Clear();
        var z = slice - Box.Z;
        if (z < 0 || z >= Box.Slices)
            return false;

        Arrivals?.WaitFor(z);
        for (var y = 0; y < Box.Rows; y++)
            map.Slice((z * Box.Rows + y) * Box.Columns, Box.Columns).CopyTo(whole[((Box.Y + y) * Grid.Columns + Box.X)..]);
        return true;
    }

    private static IReadOnlyList<float[]> Maps(VoxelBox box, int count) => [.. Enumerable.Range(0, count).Select(_ => new float[Math.Max(0, box.Count)])];
}
