using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;
using MRNet.Imaging.Dicom.Report;
using static MRNet.Imaging.Dicom.Report.Relationship;

namespace MRNet.Imaging.Dicom;

/// <summary>Comprehensive 3D SR, DICOM PS3.3 A.35.13, by template TID 1500: volumes, areas and the cup-to-disc ratio, with their range over the raters.</summary>
public static class MeasurementReportWriter
{
    /// <param name="segmentation">What <see cref="SegmentationWriter.Write"/> made of the same result: the report refers to it and repeats its tracking identifiers.</param>
    /// <exception cref="InvalidImageException">The source lacks what the object must repeat.</exception>
    public static DicomDataset Write(DicomSeries source, SegmentationResult result, DicomDataset segmentation, WriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(segmentation);
        if (result.Measurements.Count != result.Structures.Count)
            throw new ArgumentException($"The result has {result.Measurements.Count} measurements of {result.Structures.Count} structures.", nameof(result));
        return Translated.Errors("Measurement report", null, () => Report(source, result, segmentation, options ?? new()));
    }

    private static DicomDataset Report(DicomSeries source, SegmentationResult result, DicomDataset segmentation, WriterOptions options)
    {
        var common = new DerivedObject(source, result, options);
        ReportedSegment[] segments = [.. result.Structures.Select((_, s) => new ReportedSegment(segmentation, s + 1))];
        var content = Content(source, result, segments, options);
        return common.Start(
                DicomUID.Comprehensive3DSRStorage.UID, "SR", seriesOffset: 90, $"{RaterWords.Series(result.Provenance)} measurements, {string.Join(", ", result.Structures.Select(structure => structure.Label))}",
                result.Structures.SelectMany(structure => new[] { structure.Category, structure.Type, structure.Anatomy }).Append(ReportCode.VerticalRatio))
            .With(new SrDocument(source.First, segmentation, [.. segments.SelectMany(segment => segment.Sources).DistinctBy(image => image.SopInstanceUid)], common.Computed))
            .AddAll(content);
    }

    private static DicomDataset AddAll(this DicomDataset dataset, DicomDataset content)
    {
        foreach (var item in content)
            dataset.Add(item);
        return dataset;
    }

    private static DicomDataset Content(DicomSeries source, SegmentationResult result, ReportedSegment[] segments, WriterOptions options)
    {
        var size = new StructureSize(source, result, options);
        var groups = segments.Select((segment, s) => size.Group(s, segment)).Append(new CupAndDisc(source, result, options).Group(segments)).OfType<DicomDataset>();
        return ContentItem.Container(ReportCode.Report, "1500",
        [
            ContentItem.Code(HasConceptModifier, ReportCode.Language, ReportCode.English),
            .. Observer(options),
            ContentItem.Code(HasConceptModifier, ReportCode.Procedure, ReportCode.ProcedureOf(source.Volume.Modality)),
            ContentItem.Container(Contains, ReportCode.Measurements, "", groups),
        ]);
    }

    private static DicomDataset[] Observer(WriterOptions options) =>
    [
        ContentItem.Code(HasObservationContext, ReportCode.ObserverType, ReportCode.Device),
        ContentItem.Uid(HasObservationContext, ReportCode.DeviceUid, UidOf(options.InstallationId)),
        ContentItem.Text(HasObservationContext, ReportCode.DeviceName, OurEquipment.ModelName),
        ContentItem.Text(HasObservationContext, ReportCode.DeviceManufacturer, options.Manufacturer),
        ContentItem.Text(HasObservationContext, ReportCode.DeviceModel, OurEquipment.ModelName),
        ContentItem.Text(HasObservationContext, ReportCode.DeviceSerial, options.InstallationId),
    ];

    /// <summary>An installation is the same observer in every report.</summary>
    private static string UidOf(string installation) =>
        "2.25." + new System.Numerics.BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes(installation)).AsSpan(0, 16), isUnsigned: true).ToString(CultureInfo.InvariantCulture);
}
