using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;
using static MRNet.Imaging.Dicom.Report.Relationship;

namespace MRNet.Imaging.Dicom.Report;

/// <summary>The measurement group of one structure: its volume, or its area on a photograph, with its range over the raters; TID 1411 and 1410.</summary>
internal sealed class StructureSize(DicomSeries source, SegmentationResult result, WriterOptions options)
{
    private const double Mm3PerMl = 1000;

    private bool IsArea => !source.Volume.Grid.HasPatientSpace;

    /// <returns>Null of a structure that was not found on a photograph: there is no frame to refer to.</returns>
    public DicomDataset? Group(int s, ReportedSegment segment)
    {
        if (IsArea && segment.FirstFrame == 0)
            return null;
        var structure = result.Structures[s];
        return ContentItem.Container(Contains, ReportCode.Group, IsArea ? "1410" : "1411",
        [
            ContentItem.Text(HasObservationContext, ReportCode.TrackingId, segment.TrackingId),
            ContentItem.Uid(HasObservationContext, ReportCode.TrackingUid, segment.TrackingUid),
            .. Words.Finding(structure.Category, structure.Type),
            .. Words.Algorithm(result.Provenance),
            Words.Site(structure.Anatomy ?? structure.Type, Laterality.Of(source, options)),
            IsArea && !segment.IsLabelMap ? ContentItem.Image(Contains, ReportCode.SegmentationFrame, segment.Frame) : ContentItem.Image(Contains, ReportCode.Segment, segment.Whole),
            .. Sources(segment),
            .. Sizes(result.Measurements[s]),
        ]);
    }

    private IEnumerable<DicomDataset> Sources(ReportedSegment segment) => segment.FirstFrame == 0
        ? [ContentItem.Uid(Contains, ReportCode.SourceSeries, source.SeriesInstanceUid)]
        : segment.Sources.Select(image => ContentItem.Image(Contains, ReportCode.SourceImage, image));

    private IEnumerable<DicomDataset> Sizes(Measurement measurement)
    {
        var raters = measurement.RaterVolumesMl.Select(size => size * Scale(measurement)).ToArray();
        yield return Size(measurement.Voxels * VoxelSize, Population(raters));
        if (raters.Length == 0)
            yield break;
        yield return Size(raters.Min(), [ContentItem.Code(HasConceptModifier, ReportCode.Derivation, ReportCode.Minimum)]);
        yield return Size(raters.Max(), [ContentItem.Code(HasConceptModifier, ReportCode.Derivation, ReportCode.Maximum)]);
    }

    private DicomDataset Size(double value, IEnumerable<DicomDataset> items) =>
        ContentItem.Number(Contains, IsArea ? ReportCode.Area : ReportCode.Volume, value, Unit, items);

    private IEnumerable<DicomDataset> Population(double[] raters)
    {
        if (raters.Length == 0)
            return [];
        var mean = raters.Average();
        return
        [
            ContentItem.Number(HasProperties, ReportCode.PopulationMean, mean, Unit),
            ContentItem.Number(HasProperties, ReportCode.PopulationDeviation, Math.Sqrt(raters.Average(size => (size - mean) * (size - mean))), Unit),
            ContentItem.Text(HasProperties, ReportCode.Population, $"{raters.Length} raters"),
        ];
    }

    private CodedConcept Unit => !IsArea ? ReportCode.CubicMillimetres : PixelMm2 is not null ? ReportCode.SquareMillimetres : ReportCode.Pixels;

    /// <summary>Pixel Spacing of a photograph is a calibrated size, mm2 of one pixel; null without it: there are pixels only.</summary>
    private double? PixelMm2 =>
        source.Planes[0].PixelSpacing is { } spacing && new DicomDataset(spacing).TryGetValues<double>(DicomTag.PixelSpacing, out var mm) && mm is [> 0, > 0] ? mm[0] * mm[1] : null;

    private double VoxelSize => IsArea ? PixelMm2 ?? 1 : source.Volume.Grid.VoxelVolumeMm3;

    /// <summary>From the unit of the raters' sizes, mL or pixels, to ours.</summary>
    private double Scale(Measurement measurement) => measurement.VolumeMl is null ? VoxelSize : Mm3PerMl;
}
