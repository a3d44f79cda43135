using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;
using MRNet.Imaging.Dicom.Segments;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Dicom;

/// <summary>
/// Secondary Capture, DICOM PS3.3 A.8.1 and A.8.5: the computed slices in colour with the raters' disagreement and the masks'
/// contours, for viewers that show no maps. Not for measuring.
/// </summary>
public static class OverlayWriter
{
    /// <exception cref="InvalidImageException">The source lacks what the object must repeat.</exception>
    /// <exception cref="ResourceLimitException">More pixels than one value may hold.</exception>
    public static DicomDataset Write(DicomSeries source, SegmentationResult result, WriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(result);
        return Translated.Errors("Overlay", null, () => Object(source, result, options ?? new()));
    }

    private static DicomDataset Object(DicomSeries source, SegmentationResult result, WriterOptions options)
    {
        var common = new DerivedObject(source, result, options);
        var planes = Shown(source, result.Maps.Box);
        var (overlay, modality) = (new UncertaintyOverlay(source.Volume, result), source.Volume.Modality.Length > 0 ? source.Volume.Modality : "OT");
        var pixels = new FramePixels(planes.Length, source.Volume.Grid.PixelsPerSlice * 3, (frame, into) => overlay.Paint(planes[frame].Slice, into));
        return common.Start(
                (planes.Length > 1 ? DicomUID.MultiFrameTrueColorSecondaryCaptureImageStorage : DicomUID.SecondaryCaptureImageStorage).UID, modality, seriesOffset: 95,
                $"{RaterWords.Series(result.Provenance)} overlay, not for measuring", planes, [])
            .With(new OverlayImage(source, planes, Derivation(result), common.Computed))
            .Add(new DicomElement(DicomTag.PixelData, DicomVR.OB, pixels));
    }

    private static SourcePlane[] Shown(DicomSeries source, VoxelBox box)
    {
        SourcePlane[] shown = [.. source.Planes.Where(plane => plane.Slice >= box.Z && plane.Slice < box.Z + box.Slices)];
        return shown.Length > 0 ? shown : [source.Planes[0]]; // a box between planes of a resampled series
    }

    private static string Derivation(SegmentationResult result) =>
        $"Contours of {string.Join(", ", result.Structures.Select(structure => structure.Label))}; heat: standard deviation over the raters, violet low, yellow 0.5; {result.Provenance.Parameters}";
}
