using MRNet.Imaging.Dicom.Modules;

namespace MRNet.Imaging.Dicom.Segments;

/// <summary>How a Segmentation stores its voxels, PS3.3 C.8.20.2.3.</summary>
internal enum SegmentationForm
{
    /// <summary>One bit, a frame for each segment and slice.</summary>
    Binary,

    /// <summary>Eight bits of a probability, a frame for each segment and slice.</summary>
    Fractional,

    /// <summary>The number of the segment, one frame for each slice.</summary>
    LabelMap,
}

/// <summary>One segment: what it is called and which voxels it has.</summary>
/// <param name="Tracking">Identifier that a measurement report repeats; null for none.</param>
internal sealed record SegmentContent(Structure Structure, string Label, string Description, string? Tracking, SliceValues Values)
{
    /// <summary>The structures' masks.</summary>
    public static SegmentContent[] Masks(SegmentationResult result) =>
        [.. result.Structures.Select((structure, s) => new SegmentContent(structure, structure.Label, RaterWords.Short(result.Provenance), $"{structure.Label} {s + 1}", new MaskValues(result.Maps, result.Masks[s])))];

    /// <summary>The structures' probabilities.</summary>
    public static SegmentContent[] Probabilities(SegmentationResult result) =>
        [.. result.Structures.Select((structure, s) => new SegmentContent(structure, structure.Label, RaterWords.Short(result.Provenance), null, new FractionValues(result.Maps, result.Maps.Probability[s])))];

    /// <summary>What each rater would outline, structure by structure.</summary>
    public static SegmentContent[] Raters(SegmentationResult result) =>
        [.. result.Structures.SelectMany((structure, s) => result.Maps.Raters.Select((rater, r) => new SegmentContent(
            structure, $"{structure.Label}, {rater}", $"As {rater} would outline it", null,
            new ThresholdValues(result.Maps, result.Maps.RaterProbability[r][s], (float)result.Provenance.Threshold))))];
}
