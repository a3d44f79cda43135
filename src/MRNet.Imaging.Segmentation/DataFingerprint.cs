using System.Text.Json.Serialization;

namespace MRNet.Imaging.Segmentation;

/// <summary>What a training set looks like: medians over its images; the preparation was learnt from it.</summary>
public sealed record DataFingerprint
{
    /// <summary>As the images say; empty where they do not.</summary>
    public required string Modality { get; init; }

    public required int Channels { get; init; }

    public required int Columns { get; init; }

    public required int Rows { get; init; }

    public required int Slices { get; init; }

    /// <summary>Between columns, rows and slices in mm; null for photographs.</summary>
    public required IReadOnlyList<double>? SpacingMm { get; init; }

    /// <summary>In which all slices lie; null for photographs, and where they differ.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SlicePlane? Plane { get; init; }

    /// <summary>Values below which 0.5 % of all samples lie.</summary>
    public required double Low { get; init; }

    /// <summary>Values above which 0.5 % of all samples lie.</summary>
    public required double High { get; init; }

    /// <summary>Share of the slice that any rater marks in any slice, 0..1.</summary>
    public required double MarkedShare { get; init; }

    /// <summary>One per channel, of samples between low (0) and high (1).</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>One per channel, likewise.</summary>
    public required IReadOnlyList<float> Deviation { get; init; }
}
