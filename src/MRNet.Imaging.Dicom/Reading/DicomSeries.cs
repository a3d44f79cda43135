using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>A DICOM series as a volume, with all that objects derived from it have to repeat.</summary>
public sealed record DicomSeries
{
    /// <summary>In LPS, slices ascending along the normal (row x column). Of a photograph: one slice of pixels.</summary>
    public required Volume Volume { get; init; }

    /// <summary>Without pixel data: one for each slice of a single-frame series, in the order of <see cref="Planes"/>; one for a multi-frame image.</summary>
    public required IReadOnlyList<DicomDataset> Headers { get; init; }

    /// <summary>The planes as acquired, ascending along the normal. More or less than the volume's slices only after resampling.</summary>
    public required IReadOnlyList<SourcePlane> Planes { get; init; }

    public required string SeriesInstanceUid { get; init; }

    /// <summary>Empty where the images do not say it.</summary>
    public string StudyInstanceUid => Headers.Count > 0 ? Headers[0].GetSingleValueOrDefault(DicomTag.StudyInstanceUID, "") : "";

    /// <summary>The patient space that the slices share; empty for a photograph, or where the images do not say it.</summary>
    public string FrameOfReferenceUid => Headers.Count > 0 ? Headers[0].GetSingleValueOrDefault(DicomTag.FrameOfReferenceUID, "") : "";

    /// <summary>Some image was compressed with loss, now or before.</summary>
    public required bool IsLossy { get; init; }

    /// <summary>The images have frames; references must then name them.</summary>
    public required bool IsMultiFrame { get; init; }

    /// <summary>The volume's slices are not the planes: gaps were filled by interpolation.</summary>
    public bool IsResampled { get; init; }

    /// <summary>(D, H, W): 1 where the scanner wrote no measurement (Pixel Padding Value); null when there is no such voxel. The volume holds its lowest value there.</summary>
    public byte[]? Padding { get; init; }

    /// <summary>What a user should know of how the series was read. No patient data.</summary>
    public IReadOnlyList<string> Notes => Volume.Notes;

    /// <summary>Uncompressed by compressed bytes of the first image; 0 when it was not compressed.</summary>
    internal double CompressionRatio { get; init; }

    internal DicomDataset First => Headers[0];
}

/// <summary>One plane of the source: the image or frame, and its geometry as written there.</summary>
public sealed record SourcePlane
{
    public required string SopClassUid { get; init; }

    public required string SopInstanceUid { get; init; }

    /// <summary>Frame number from 1 in a multi-frame image, 0 in a single-frame one.</summary>
    public required int Frame { get; init; }

    /// <summary>Distance in mm along the normal; 0 for a photograph.</summary>
    public required double PositionMm { get; init; }

    /// <summary>The slice of the volume that is this plane, or nearest to it after resampling.</summary>
    public required int Slice { get; init; }

    /// <summary>Image Position (Patient) as the source writes it; null for a photograph.</summary>
    internal DicomElement? Position { get; init; }

    /// <summary>Image Orientation (Patient) as the source writes it; null for a photograph.</summary>
    internal DicomElement? Orientation { get; init; }

    /// <summary>Pixel Spacing as the source writes it, row spacing first.</summary>
    internal DicomElement? PixelSpacing { get; init; }

    internal DicomElement? SliceThickness { get; init; }

    public SliceSource Source => new(SopInstanceUid, Frame);
}
