namespace MRNet.Dicom;

/// <summary>
/// De-identifies data sets by the Basic Application Level Confidentiality Profile, PS3.15 annex E. Pixels are not looked at:
/// an object that says that names are burned into them is refused.
/// </summary>
public sealed class Deidentifier
{
    private readonly DeidentifyOptions options;
    private readonly ConfidentialityProfile profile;
    private readonly Pseudonyms pseudonyms;

    /// <exception cref="ArgumentException">A key of less than 16 bytes.</exception>
    public Deidentifier(DeidentifyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Key.Length < 16)
            throw new ArgumentException($"The key has {options.Key.Length} bytes; expected at least 16.", nameof(options));
        (this.options, profile, pseudonyms) = (options, new(options), new(options.Key));
    }

    /// <returns>A new data set; the given one stays as it is. Pixel data are shared.</returns>
    /// <exception cref="DicomValueException">Names are burned into the pixels.</exception>
    public DicomDataset Apply(DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.GetStringOrEmpty(DicomTag.BurnedInAnnotation).Trim().Equals("YES", StringComparison.OrdinalIgnoreCase))
            throw new DicomValueException($"{DicomTag.BurnedInAnnotation.Named()} is YES: what is written into the pixels cannot be taken out here; mask the picture first.");

        var patient = dataset.GetStringOrEmpty(DicomTag.PatientID);
        var result = Apply(dataset, new(pseudonyms.Days(patient), options.CleanDescriptors ? new(dataset) : null));
        result.InternalTransferSyntax = dataset.InternalTransferSyntax;
        if (dataset.Contains(DicomTag.PatientID))
            result.AddOrUpdate(DicomTag.PatientID, pseudonyms.Patient(patient));
        if (dataset.Contains(DicomTag.PatientName))
            result.AddOrUpdate(DicomTag.PatientName, pseudonyms.Patient(patient));
        return result
            .AddOrUpdate(DicomTag.PatientIdentityRemoved, "YES")
            .AddOrUpdate(DicomTag.DeidentificationMethod, "DICOM PS3.15 Basic Profile, MRNet.Dicom")
            .AddOrUpdate(DicomTag.DeidentificationMethodCodeSequence, Methods())
            .AddOrUpdate(DicomTag.LongitudinalTemporalInformationModified, options.RetainDates ? "MODIFIED" : "REMOVED");
    }

    private sealed record Patient(int Days, CleanText? Text);

    private DicomDataset Apply(DicomDataset dataset, Patient patient)
    {
        var result = new DicomDataset();
        foreach (var item in dataset)
            if (!item.Tag.IsGroupLength && Of(item, patient) is { } kept)
                result.AddOrUpdate(kept);
        return result;
    }

    private DicomItem? Of(DicomItem item, Patient patient) => (profile.Of(item), item) switch
    {
        (ConfidentialityAction.Remove, _) => null,
        (ConfidentialityAction.Keep, DicomSequence sequence) => new DicomSequence(item.Tag, sequence.Items.Select(nested => Apply(nested, patient))),
        (ConfidentialityAction.Keep, _) => item,
        (ConfidentialityAction.Empty, DicomSequence) => new DicomSequence(item.Tag),
        (ConfidentialityAction.NewUid, DicomElement uid) => Replaced(uid, [.. uid.Texts().Select(pseudonyms.Uid)]),
        (ConfidentialityAction.Shift, DicomElement date) => Replaced(date, ShiftedDate.Back(date.Text(), patient.Days).Split('\\')),
        (ConfidentialityAction.Clean, DicomElement text) when patient.Text is { } clean && text.VR.IsString => Replaced(text, clean.Clean(text.Text())),
        (ConfidentialityAction.Dummy, DicomElement element) when element.Length > 0 => Dummy(element),
        (_, DicomElement element) => new DicomElement(element.Tag, element.VR, ReadOnlyMemory<byte>.Empty),
        _ => null,
    };

    private static DicomElement Replaced(DicomElement element, params string[] values) => ElementFactory.FromTexts(element.Tag, element.VR, values);

    private static DicomElement Dummy(DicomElement element) => element.VR.Code switch
    {
        "DA" => Replaced(element, "19000101"),
        "DT" => Replaced(element, "19000101000000"),
        "TM" => Replaced(element, "000000"),
        "PN" => Replaced(element, "Anonymous"),
        "LO" or "SH" or "ST" or "LT" or "UT" or "UC" or "AE" => Replaced(element, "ANONYMIZED"),
        _ => new(element.Tag, element.VR, ReadOnlyMemory<byte>.Empty),
    };

    /// <summary>CID 7050.</summary>
    private IEnumerable<DicomDataset> Methods()
    {
        yield return Method("113100", "Basic Application Confidentiality Profile");
        if (options.CleanDescriptors)
            yield return Method("113105", "Clean Descriptors Option");
        if (options.RetainDates)
            yield return Method("113107", "Retain Longitudinal Temporal Information Modified Dates Option");
        if (options.RetainDevice)
            yield return Method("113109", "Retain Device Identity Option");
        if (options.RetainUids)
            yield return Method("113110", "Retain UIDs Option");
    }

    private static DicomDataset Method(string code, string meaning) => new DicomDataset()
        .Add(DicomTag.CodeValue, code)
        .Add(DicomTag.CodingSchemeDesignator, "DCM")
        .Add(DicomTag.CodeMeaning, meaning);
}
