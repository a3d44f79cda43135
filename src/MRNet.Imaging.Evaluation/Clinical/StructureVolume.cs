namespace MRNet.Imaging.Evaluation;

/// <summary>How large a structure is, beside how large the raters drew it; in mL, or in pixels where the image has no millimetres.</summary>
/// <param name="Predicted">Volume of the predicted mask.</param>
/// <param name="Raters">Volume of each rater's mask; null where the rater did not grade.</param>
public sealed record StructureVolume(double Predicted, IReadOnlyList<double?> Raters)
{
    private const double Mm3PerMl = 1000;

    /// <summary>False: counted in voxels.</summary>
    public bool IsInMl { get; private init; }

    /// <summary>Mean over the raters who graded.</summary>
    public double RatersMean => Raters.Average()!.Value;

    public double RatersLeast => Raters.Min()!.Value;

    public double RatersMost => Raters.Max()!.Value;

    /// <summary>Whether the prediction lies between the smallest and the largest rater.</summary>
    public bool IsWithinRaters => Predicted >= RatersLeast && Predicted <= RatersMost;

    /// <param name="predicted">0 outside, anything else inside.</param>
    /// <param name="masks">One for each rater, null where he did not grade; at least one is given.</param>
    /// <param name="voxelMm3">Volume of a voxel in mm³; null counts voxels.</param>
    public static StructureVolume Of(ReadOnlySpan<byte> predicted, IReadOnlyList<byte[]?> masks, double? voxelMm3)
    {
        if (masks.All(mask => mask is null))
            throw new ArgumentException("No rater graded; expected at least one mask.", nameof(masks));

        var unit = voxelMm3 / Mm3PerMl ?? 1;
        return new(Count(predicted) * unit, [.. masks.Select(mask => mask is null ? null : (double?)(Count(mask) * unit))]) { IsInMl = voxelMm3 is not null };
    }

    private static long Count(ReadOnlySpan<byte> mask) => mask.Length - mask.Count((byte)0);
}
