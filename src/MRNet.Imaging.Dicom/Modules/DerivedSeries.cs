using System.Globalization;
using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>General Series Module, PS3.3 C.7.3.1, of a series of ours beside the source's.</summary>
/// <param name="Offset">1 mask, 2 probability, 3 and on other maps.</param>
internal sealed record DerivedSeries(DicomDataset Source, string Modality, string Uid, int Offset, string Description, DateTimeOffset Now) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.Modality, Modality)
        .Add(DicomTag.SeriesInstanceUID, Uid)
        .Add(DicomTag.SeriesNumber, Number())
        .Add(DicomTag.SeriesDescription, Text.Fit(Description, 64))
        .Add(DicomTag.SeriesDate, Moment.Date(Now))
        .Add(DicomTag.SeriesTime, Moment.Time(Now))
        .CopyPresent(Source, DicomTag.BodyPartExamined);

    private int Number() =>
        Source.TryGetSingleValue<int>(DicomTag.SeriesNumber, out var number) && number is >= 0 and < int.MaxValue / 100
            ? number * 100 + Offset
            : 9000 + Offset;
}

/// <summary>Dates and times as DICOM writes them.</summary>
internal static class Moment
{
    public static string Date(DateTimeOffset at) => at.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset at) => at.ToString("HHmmss.ffffff", CultureInfo.InvariantCulture);

    public static string DateTime(DateTimeOffset at) => at.ToString("yyyyMMddHHmmss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>In the zone the source states, else as it is: a zone of ours would re-date the copied study time.</summary>
    public static DateTimeOffset InZoneOf(DicomDataset source, DateTimeOffset at)
    {
        var zone = source.GetStringOrEmpty(DicomTag.TimezoneOffsetFromUTC).Trim();
        return zone.Length == 5 && zone[0] is '+' or '-' && int.TryParse(zone.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var hours) && hours / 100 <= 14 && hours % 100 < 60
            ? at.ToOffset(new TimeSpan(hours / 100, hours % 100, 0) * (zone[0] == '-' ? -1 : 1))
            : at;
    }
}

/// <summary>Frame of Reference Module, PS3.3 C.7.4.1.</summary>
/// <param name="Uid">Null for the source's own.</param>
internal sealed record FrameOfReference(DicomDataset Source, string? Uid = null) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        if (Uid is null)
            dataset.CopyRequired(Source, DicomTag.FrameOfReferenceUID);
        else
            dataset.Add(DicomTag.FrameOfReferenceUID, Uid);
        dataset.CopyOrEmpty(Source, DicomTag.PositionReferenceIndicator);
    }
}

/// <summary>Enhanced General Equipment Module, PS3.3 C.7.5.2: us.</summary>
internal sealed record OurEquipment(WriterOptions Options, string SoftwareVersion) : IModule
{
    public const string ModelName = "MRNet.Imaging";

    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.Manufacturer, Text.Fit(Options.Manufacturer, 64))
        .Add(DicomTag.ManufacturerModelName, ModelName)
        .Add(DicomTag.DeviceSerialNumber, Text.Fit(Options.InstallationId, 64))
        .Add(DicomTag.SoftwareVersions, Text.Fit(SoftwareVersion, 64));
}

/// <summary>Contributing Equipment Sequence of the SOP Common Module, PS3.3 C.12.1: the scanner, then us.</summary>
internal sealed record ContributingEquipment(DicomDataset Source, WriterOptions Options, Provenance Provenance, DateTimeOffset Now) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        var ours = new DicomDataset()
            .Add(DicomTag.PurposeOfReferenceCodeSequence, Code.Item(Code.ProcessingEquipment))
            .With(new OurEquipment(Options, Provenance.SoftwareVersion))
            .Add(DicomTag.ContributionDateTime, Moment.DateTime(Now))
            .Add(DicomTag.ContributionDescription, Text.Fit($"MRNet {Provenance.ModelId} {Provenance.ModelVersion}; {Provenance.Parameters}", 1024));

        // Manufacturer is type 1 here: a source that does not say its own is left out rather than made up.
        dataset.Add(DicomTag.ContributingEquipmentSequence, Source.GetValueCount(DicomTag.Manufacturer) > 0 ? [Scanner(), ours] : [ours]);
    }

    private DicomDataset Scanner()
    {
        var scanner = new DicomDataset()
            .Add(DicomTag.PurposeOfReferenceCodeSequence, Code.Item(Code.AcquisitionEquipment))
            .CopyPresent(
                Source,
                DicomTag.Manufacturer, DicomTag.InstitutionName, DicomTag.InstitutionAddress, DicomTag.InstitutionalDepartmentName, DicomTag.StationName,
                DicomTag.ManufacturerModelName, DicomTag.DeviceSerialNumber, DicomTag.SoftwareVersions);
        if (Acquired() is { } when)
            scanner.Add(DicomTag.ContributionDateTime, when);
        return scanner;
    }

    private string? Acquired()
    {
        if (Source.GetStringOrEmpty(DicomTag.AcquisitionDateTime) is { Length: >= 8 } whole)
            return whole;
        var (date, time) = (Source.GetStringOrEmpty(DicomTag.AcquisitionDate), Source.GetStringOrEmpty(DicomTag.AcquisitionTime));
        return date.Length == 8 && !time.Contains(':', StringComparison.Ordinal) ? date + time : null;
    }
}

/// <summary>SOP Common Module, PS3.3 C.12.1.</summary>
internal sealed record SopCommon(string SopClassUid, string SopInstanceUid, DateTimeOffset Created, DicomDataset? Source = null) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        dataset
            .Add(DicomTag.SOPClassUID, SopClassUid)
            .Add(DicomTag.SOPInstanceUID, SopInstanceUid)
            .Add(DicomTag.InstanceCreationDate, Moment.Date(Created))
            .Add(DicomTag.InstanceCreationTime, Moment.Time(Created));
        if (Source is not null)
            dataset.CopyPresent(Source, DicomTag.TimezoneOffsetFromUTC);
    }
}

/// <summary>Coding Scheme Identification Sequence, PS3.3 C.12.1.1.1: who stands behind our private codes.</summary>
internal sealed record CodingSchemes(IEnumerable<CodedConcept?> Codes) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        var privates = Codes.OfType<CodedConcept>().Select(code => code.Scheme).Where(scheme => scheme.StartsWith("99", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (privates.Length > 0)
            dataset.Add(DicomTag.CodingSchemeIdentificationSequence, privates.Select(scheme => new DicomDataset()
                .Add(DicomTag.CodingSchemeDesignator, scheme)
                .Add(DicomTag.CodingSchemeName, "Local codes of MRNet.Imaging")
                .Add(DicomTag.CodingSchemeResponsibleOrganization, "MRNet.Imaging")));
    }
}

/// <summary>Common Instance Reference Module, PS3.3 C.12.2: every image named in any frame. OHIF reads the first item only, so there is one.</summary>
internal sealed record CommonInstanceReference(DicomDataset Source, IEnumerable<SourcePlane> Planes) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset.Add(
        DicomTag.ReferencedSeriesSequence,
        new DicomDataset()
            .CopyRequired(Source, DicomTag.SeriesInstanceUID)
            .Add(DicomTag.ReferencedInstanceSequence, Planes.DistinctBy(plane => plane.SopInstanceUid).Select(plane => new DicomDataset()
                .AddForeignUid(DicomTag.ReferencedSOPClassUID, plane.SopClassUid)
                .AddForeignUid(DicomTag.ReferencedSOPInstanceUID, plane.SopInstanceUid))));
}

/// <summary>Lossy Image Compression and its companions, PS3.3 C.7.6.1: once lossy, always said.</summary>
internal sealed record LossyCompression(DicomSeries Source) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        dataset.Add(DicomTag.LossyImageCompression, Source.IsLossy ? "01" : "00");
        if (!Source.IsLossy)
            return;

        var lossy = Source.Headers.FirstOrDefault(header => header.GetStringOrEmpty(DicomTag.LossyImageCompression) == "01") ?? Source.First;
        dataset.CopyPresent(lossy, DicomTag.LossyImageCompressionRatio, DicomTag.LossyImageCompressionMethod);
        if (!dataset.Contains(DicomTag.LossyImageCompressionRatio) && Source.CompressionRatio > 0)
            dataset.Add(DicomTag.LossyImageCompressionRatio, Math.Round(Source.CompressionRatio, 3));
        if (!dataset.Contains(DicomTag.LossyImageCompressionMethod) && Method(lossy.InternalTransferSyntax) is { } method)
            dataset.Add(DicomTag.LossyImageCompressionMethod, method);
    }

    private static string? Method(DicomTransferSyntax syntax) => syntax.UID.UID switch
    {
        "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" => "ISO_10918_1",
        "1.2.840.10008.1.2.4.81" => "ISO_14495_1",
        "1.2.840.10008.1.2.4.91" => "ISO_15444_1",
        "1.2.840.10008.1.2.4.203" => "ISO_15444_15",
        _ => null,
    };
}
