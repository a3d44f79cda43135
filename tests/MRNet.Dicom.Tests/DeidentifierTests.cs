namespace MRNet.Dicom.Tests;

public class DeidentifierTests
{
    private static readonly DeidentifyOptions Plain = new() { Key = new byte[16] };

    [Fact]
    public void Nothing_of_the_patient_is_left_in_any_sample()
    {
        foreach (var file in Shared.Files())
        {
            DicomDataset dataset;
            try
            {
                dataset = DicomFile.Open(file).Dataset;
            }
            catch (DicomException)
            {
                continue;
            }

            if (dataset.GetStringOrEmpty(DicomTag.BurnedInAnnotation) == "YES" || !dataset.Contains(DicomTag.SOPInstanceUID))
                continue;
            var result = Some.Again(new Deidentifier(Plain).Apply(dataset)).Dataset;

            var left = Elements(result).Where(element => !element.Tag.IsPrivate && element.VR.IsString && element.VR != DicomVR.IS && element.VR != DicomVR.DS && element.VR != DicomVR.CS && Telling(dataset).Contains(element.Text().Trim())).Select(element => element.ToString());
            Assert.True(!left.Any(), $"{Path.GetFileName(file)}: {string.Join(", ", left)}");
            Assert.DoesNotContain(Elements(result), element => element.Tag.IsPrivate);
            Assert.Equal(dataset.Contains(DicomTag.PixelData), result.Contains(DicomTag.PixelData));
        }
    }

    /// <summary>Missing until the table was compared with an edition.</summary>
    [Fact]
    public void Retired_descriptions_go_and_what_an_object_needs_is_empty()
    {
        var result = new Deidentifier(Plain).Apply(Patient()
            .Add(new DicomElement(new DicomTag(0x0020, 0x3406), DicomVR.LO, "Doe, left"u8.ToArray()))
            .Add(DicomTag.ContrastBolusAgent, "for Doe")
            .Add(DicomTag.ReferencedStudySequence, new DicomDataset().Add(DicomTag.ReferencedSOPInstanceUID, "1.2"))
            .Add(DicomTag.AcquisitionContextSequence, new DicomDataset().Add(DicomTag.TextValue, "asked by Doe")));

        Assert.False(result.Contains(new DicomTag(0x0020, 0x3406)));
        Assert.False(result.Contains(DicomTag.ReferencedStudySequence));
        Assert.Equal("", result.GetStringOrEmpty(DicomTag.ContrastBolusAgent));
        Assert.True(result.Contains(DicomTag.ContrastBolusAgent));
        Assert.Empty(result.GetSequence(DicomTag.AcquisitionContextSequence).Items);
    }

    [Fact]
    public void References_of_one_run_stay_true_and_the_standards_uids_stay()
    {
        var deidentifier = new Deidentifier(Plain);
        var image = deidentifier.Apply(Patient().Add(DicomTag.StudyInstanceUID, "1.2.3"));
        var other = deidentifier.Apply(Patient().Add(DicomTag.StudyInstanceUID, "1.2.3").Add(DicomTag.SourceImageSequence, new DicomDataset()
            .Add(DicomTag.ReferencedSOPClassUID, DicomUID.CTImageStorage)
            .Add(DicomTag.ReferencedSOPInstanceUID, "1.2.3.4")));

        var reference = other.GetSequence(DicomTag.SourceImageSequence).Items[0];
        Assert.Equal(image.GetString(DicomTag.SOPInstanceUID), reference.GetString(DicomTag.ReferencedSOPInstanceUID));
        Assert.Equal(DicomUID.CTImageStorage.UID, reference.GetString(DicomTag.ReferencedSOPClassUID));
        Assert.Equal(image.GetString(DicomTag.StudyInstanceUID), other.GetString(DicomTag.StudyInstanceUID));
        Assert.StartsWith("2.25.", image.GetString(DicomTag.SOPInstanceUID));
        Assert.NotEqual(image.GetString(DicomTag.SOPInstanceUID), new Deidentifier(Plain with { Key = [.. Enumerable.Range(0, 16).Select(i => (byte)i)] }).Apply(Patient()).GetString(DicomTag.SOPInstanceUID));
    }

    [Fact]
    public void Dates_are_removed_or_moved_by_one_number_of_days_for_each_patient()
    {
        var dataset = Patient().Add(DicomTag.StudyDate, "20240131").Add(DicomTag.AcquisitionDateTime, "20240302101112.5+0100").Add(DicomTag.StudyTime, "101112");

        var (gone, moved) = (new Deidentifier(Plain).Apply(dataset), new Deidentifier(Plain with { RetainDates = true }).Apply(dataset));

        Assert.Equal(("", "19000101000000"), (gone.GetString(DicomTag.StudyDate), gone.GetString(DicomTag.AcquisitionDateTime)));
        Assert.Equal("101112", moved.GetString(DicomTag.StudyTime));
        Assert.EndsWith("101112.5+0100", moved.GetString(DicomTag.AcquisitionDateTime));
        Assert.Equal(31, (Day(moved.GetString(DicomTag.AcquisitionDateTime)) - Day(moved.GetString(DicomTag.StudyDate))).Days);
        Assert.True(Day(moved.GetString(DicomTag.StudyDate)) < Day("20240131"));
        Assert.Equal(("REMOVED", "MODIFIED"), (gone.GetString(DicomTag.LongitudinalTemporalInformationModified), moved.GetString(DicomTag.LongitudinalTemporalInformationModified)));
    }

    [Fact]
    public void Options_keep_what_they_say_and_are_named()
    {
        var dataset = Patient()
            .Add(DicomTag.SeriesDescription, "T1 of Body, ticket 123456")
            .Add(DicomTag.DeviceSerialNumber, "77");

        var all = new Deidentifier(Plain with { CleanDescriptors = true, RetainDevice = true, RetainUids = true, RetainDates = true }).Apply(dataset);
        var none = new Deidentifier(Plain).Apply(dataset);

        Assert.Equal(("T1 of , ticket", "77", "1.2.3.4"), (all.GetString(DicomTag.SeriesDescription), all.GetString(DicomTag.DeviceSerialNumber), all.GetString(DicomTag.SOPInstanceUID)));
        Assert.Equal(["113100", "113105", "113107", "113109", "113110"], all.GetSequence(DicomTag.DeidentificationMethodCodeSequence).Items.Select(item => item.GetString(DicomTag.CodeValue)));
        Assert.False(none.Contains(DicomTag.SeriesDescription));
        Assert.Equal("ANONYMIZED", none.GetString(DicomTag.DeviceSerialNumber));
    }

    [Fact]
    public void Names_burned_into_the_picture_are_refused() => Assert.Contains(
        "BurnedInAnnotation is YES", Assert.Throws<DicomValueException>(() => new Deidentifier(Plain).Apply(Patient().Add(DicomTag.BurnedInAnnotation, "YES"))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_short_key_is_refused() => Assert.Throws<ArgumentException>(() => new Deidentifier(new() { Key = new byte[4] }));

    private static DicomDataset Patient() => new DicomDataset()
        .Add(DicomTag.PatientName, "Some^Body")
        .Add(DicomTag.PatientID, "4711")
        .Add(DicomTag.SOPInstanceUID, "1.2.3.4");

    private static DateTime Day(string text) => DateTime.ParseExact(text[..8], "yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Values that must not come back: names, numbers and dates of the patient, and instances.</summary>
    private static HashSet<string> Telling(DicomDataset dataset) =>
    [
        .. Elements(dataset).Where(element => element.VR == DicomVR.PN || element.Tag == DicomTag.PatientID || element.Tag == DicomTag.PatientBirthDate || element.Tag == DicomTag.SOPInstanceUID || element.Tag == DicomTag.AccessionNumber || element.Tag == DicomTag.StudyInstanceUID)
            .Select(element => element.Text().Trim())
            .Where(text => text.Length > 2 && !text.Equals("anonymous", StringComparison.OrdinalIgnoreCase) && !text.Equals("anonymized", StringComparison.OrdinalIgnoreCase)),
    ];

    private static IEnumerable<DicomElement> Elements(DicomDataset dataset) => dataset.SelectMany(item => item switch
    {
        DicomSequence sequence => sequence.Items.SelectMany(Elements),
        DicomElement element => [element],
        _ => [],
    });
}
