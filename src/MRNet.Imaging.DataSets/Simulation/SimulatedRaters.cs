namespace MRNet.Imaging.DataSets;

/// <summary>
/// Makes of one grader's masks several raters with fixed styles, so that a model with raters can be shown where no data set
/// with several has a licence. They disagree as told, not as people do: a score against them says nothing of people.
/// </summary>
public static class SimulatedRaters
{
    /// <param name="noise">Standard deviation of the slow wobble of each contour, a share of the radius; 0: none.</param>
    /// <param name="seed">The same seed gives the same contours; each case and rater gets its own.</param>
    /// <exception cref="InvalidImageException">The data set has more than one rater, or the noise is no small share.</exception>
    public static MultiRaterDataSet Of(MultiRaterDataSet data, IReadOnlyList<RaterStyle> styles, double noise, int seed)
    {
        if (data.Raters.Count != 1)
            throw new InvalidImageException($"{data.Name} has {data.Raters.Count} raters; simulated raters are made from one grader's masks.");
        if (noise is not (>= 0 and <= 0.3))
            throw new InvalidImageException(FormattableString.Invariant($"The noise is {noise}; expected a share of the radius, 0 to 0.3."));

        return data with
        {
            Raters = [.. styles.Select(style => style.Name)],
            Cases = [.. data.Cases.Select(one => new SimulatedCase(one, styles, noise, seed) { Name = one.Name, Patient = one.Patient, Split = one.Split })],
        };
    }
}

/// <summary>The image of a case, and raters made from its one grader.</summary>
internal sealed class SimulatedCase(MultiRaterCase graded, IReadOnlyList<RaterStyle> styles, double noise, int seed) : MultiRaterCase
{
    internal override string? PictureFile => graded.PictureFile;

    public override Volume ReadImage(CancellationToken cancellation) => graded.ReadImage(cancellation);

    public override RaterMasks ReadMasks(CancellationToken cancellation)
    {
        var masks = graded.ReadMasks(cancellation);
        var wobbles = styles.Select((_, rater) => new ContourNoise($"{seed}/{Name}/{rater}")).ToArray();
        return new(masks.Grid, [.. Enumerable.Range(0, masks.Structures).Select(s => Drawn(masks.Grid, masks[s, 0]))]);

        byte[]?[] Drawn(Grid grid, byte[]? mask)
        {
            if (mask is null)
                return new byte[]?[styles.Count];

            byte[][] drawn = [.. styles.Select(_ => new byte[mask.Length])];
            for (var z = 0; z < grid.Slices; z++)
            {
                cancellation.ThrowIfCancellationRequested();
                var (start, length) = (z * grid.PixelsPerSlice, grid.PixelsPerSlice);
                var contour = SliceContour.Of(grid, mask.AsSpan(start, length), styles, noise);
                for (var r = 0; r < styles.Count; r++)
                    if (contour is null)
                        mask.AsSpan(start, length).CopyTo(drawn[r].AsSpan(start));
                    else
                        contour.Draw(styles[r], wobbles[r], noise, z, drawn[r].AsSpan(start, length));
            }

            return drawn;
        }
    }
}
