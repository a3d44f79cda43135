namespace MRNet.Imaging.Segmentation;

/// <summary>What a user asks of an image.</summary>
public sealed record SegmentationRequest
{
    /// <summary>The part to compute; null for the whole image.</summary>
    public Region? Region { get; init; }

    /// <summary>Weight of each rater, in the model's order; null for equal weights.</summary>
    public IReadOnlyList<float>? Expertness { get; init; }

    /// <summary>A preview runs the U-Net alone and has neither raters nor uncertainty.</summary>
    public Quality Quality { get; init; }

    /// <summary>A voxel is inside at or above this probability, above 0 and up to 1; null for the model's.</summary>
    public double? Threshold { get; init; }

    /// <summary>Of each structure only the largest connected part stays in the mask; a model may want that by itself.</summary>
    public bool KeepLargest { get; init; }

    /// <summary>The probability stays as the network says it, without the temperature that calibrates it. A preview's always does.</summary>
    public bool Uncalibrated { get; init; }
}
