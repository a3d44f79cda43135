using System.Globalization;
using System.Text;

namespace MRNet.Dicom;

/// <summary>What a dump shows.</summary>
/// <param name="HidePatient">Leave out values that may identify a person: names, ids, dates, institutions, free text, private text.</param>
/// <param name="MaximumWidth">Characters of one value before it is shortened.</param>
public sealed record DicomDumpOptions(bool HidePatient = false, int MaximumWidth = 64);

/// <summary>A data set as text: one line for each element, sequences indented, pixel data as its length only.</summary>
internal sealed class DicomDump(DicomDumpOptions options)
{
    /// <summary>Beyond group 0010, names, dates and times: attributes of PS3.15 table E.1-1 that say who, where or which visit.</summary>
    private static readonly HashSet<uint> Identifying =
    [
        .. new[]
        {
            DicomTag.AccessionNumber, DicomTag.InstitutionName, DicomTag.InstitutionAddress, DicomTag.InstitutionalDepartmentName,
            DicomTag.StationName, DicomTag.StudyID, DicomTag.StudyDescription, DicomTag.SeriesDescription, DicomTag.ProtocolName,
            DicomTag.DeviceSerialNumber, DicomTag.ReferringPhysicianAddress, DicomTag.ReferringPhysicianTelephoneNumbers,
            DicomTag.RequestedProcedureID, DicomTag.RequestedProcedureDescription, DicomTag.ScheduledProcedureStepID,
            DicomTag.ScheduledProcedureStepDescription, DicomTag.PerformedProcedureStepID, DicomTag.PerformedProcedureStepDescription,
            DicomTag.PerformedStationName, DicomTag.PerformedLocation, DicomTag.FillerOrderNumberImagingServiceRequest,
            DicomTag.PlacerOrderNumberImagingServiceRequest, DicomTag.TextValue, DicomTag.DerivationDescription,
            DicomTag.ReasonForTheRequestedProcedure, DicomTag.ContentDescription, DicomTag.AcquisitionDeviceProcessingDescription,
            DicomTag.ContrastBolusAgent, DicomTag.PlateID, DicomTag.GantryID, DicomTag.DetectorID,
        }.Select(tag => tag.Key),
    ];

    private readonly StringBuilder text = new();

    public static string Of(DicomDataset dataset, DicomDumpOptions options)
    {
        var dump = new DicomDump(options);
        dump.Write(dataset, "");
        return dump.text.ToString();
    }

    private void Write(DicomDataset dataset, string indent)
    {
        foreach (var item in dataset)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}{item.Tag} {item.VR} {ValueOf(item)}");
            text.Append(item.Tag.Keyword is { Length: > 0 } keyword ? $" # {keyword}\n" : "\n");
            if (item is DicomSequence sequence)
                Write(sequence, indent);
        }
    }

    private void Write(DicomSequence sequence, string indent)
    {
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}  item {i + 1}\n");
            Write(sequence.Items[i], indent + "    ");
        }
    }

    private string ValueOf(DicomItem item) => item switch
    {
        DicomSequence sequence => $"{sequence.Items.Count} items",
        DicomFragmentSequence pixels => $"{pixels.Fragments.Count} fragments, {pixels.Fragments.Sum(f => (long)f.Length)} bytes",
        DicomElement { Length: 0 } => "(empty)",
        DicomElement element when IsHidden(element) => $"(hidden, {element.Length} bytes)",
        DicomElement element when element.VR.IsOther || element.VR == DicomVR.UN || element.Length > 65536 => $"({element.Length} bytes)",
        DicomElement element => Shortened(element),
        _ => "",
    };

    private string Shortened(DicomElement element)
    {
        var value = new StringBuilder(element.Text());
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsControl(value[i]))
                value[i] = '.';
        }

        if (value.Length > options.MaximumWidth)
            value.Length = options.MaximumWidth;
        return $"[{value}]{(value.Length == options.MaximumWidth ? "..." : "")}";
    }

    private bool IsHidden(DicomElement element) => options.HidePatient
        && (element.Tag.Group is 0x0010 or 0x0012 or 0x0032 or 0x0038 or 0x4008
            || (element.Tag.IsPrivate && element.VR.IsString && !element.Tag.IsPrivateCreator)
            || element.VR.Code is "PN" or "DA" or "TM" or "DT" or "LT" or "ST" or "UT"
            || Identifying.Contains(element.Key));
}

/// <content>The readable form.</content>
public sealed partial class DicomDataset
{
    /// <summary>One line for each element: tag, VR, value shortened, keyword. For people and golden files; not a format to parse.</summary>
    public string Dump(DicomDumpOptions? options = null) => DicomDump.Of(this, options ?? new());
}
