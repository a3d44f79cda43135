namespace MRNet.Dicom.Tests;

/// <summary>What may be written, PS3.5 table 6.2-1.</summary>
public class ValueRuleTests
{
    [Theory]
    [InlineData("RescaleSlope", "12345678901234567")] // 17 characters
    [InlineData("RescaleSlope", "1,5")]
    [InlineData("InstanceNumber", "1234567890123")]
    [InlineData("InstanceNumber", "1A")]
    [InlineData("SOPInstanceUID", "1.02.3")]
    [InlineData("SOPInstanceUID", "1..3")]
    [InlineData("SOPInstanceUID", "1.2345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("Modality", "seg")]
    [InlineData("Modality", "MR-CT")]
    [InlineData("ContentLabel", "SEVENTEEN_LETTERS")]
    [InlineData("StudyDate", "20240230")]
    [InlineData("StudyTime", "2561")]
    [InlineData("PatientAge", "48")]
    [InlineData("SeriesDescription", "a\\b")]
    [InlineData("SeriesDescription", "a\nb")]
    [InlineData("Rows", "65536")]
    public void A_value_out_of_its_form_is_refused_and_named(string keyword, string value)
    {
        var error = Assert.Throws<DicomValueException>(() => new DicomDataset().Add(DicomTag.Parse(keyword), value));

        Assert.Contains(keyword, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.0 / 3)]
    [InlineData(-1.0 / 3e10)]
    [InlineData(-123456789.123456789)]
    [InlineData(1e300)]
    [InlineData(0.5)]
    public void A_number_is_written_in_at_most_16_characters_as_near_as_they_allow(double value)
    {
        var dataset = new DicomDataset().Add(DicomTag.RescaleSlope, value);

        Assert.True(dataset.GetString(DicomTag.RescaleSlope).Length <= 16);
        Assert.Equal(1, dataset.GetSingleValue<double>(DicomTag.RescaleSlope) / value, 1e-9);
    }

    [Fact]
    public void A_private_creator_without_a_name_is_refused() =>
        Assert.Throws<DicomValueException>(() => new DicomDataset().Add(new DicomTag(0x0029, 0x0010), ""));

    [Fact]
    public void Odd_values_are_padded_by_their_VR()
    {
        var again = Some.Again(new DicomDataset().Add(DicomTag.SOPInstanceUID, "1.2.3").Add(DicomTag.PatientID, "abc")).Dataset;

        Assert.Equal(0, Last(again, DicomTag.SOPInstanceUID));
        Assert.Equal(' ', (char)Last(again, DicomTag.PatientID));
        Assert.Equal(6, again.Find(DicomTag.SOPInstanceUID) is DicomElement uid ? uid.Length : 0);
    }

    private static byte Last(DicomDataset dataset, DicomTag tag) => dataset.TryGetRaw(tag, out var raw) ? raw.Span[^1] : (byte)1;
}
