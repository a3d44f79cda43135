namespace MRNet.Dicom.Tests;

public class DatasetTests
{
    [Fact]
    public void Keywords_and_tags_find_each_other()
    {
        Assert.True(DicomDictionary.Count > 4900);
        Assert.Equal(new DicomTag(0x0062, 0x0002), DicomTag.Parse("SegmentSequence"));
        Assert.Equal(DicomTag.PatientName, DicomTag.Parse("(0010,0010)"));
        Assert.Equal("OverlayData", new DicomTag(0x6004, 0x3000).Keyword);
        Assert.Equal("Label Map Segmentation Storage", DicomUID.LabelMapSegmentationStorage.Name);
        Assert.Equal("", new DicomTag(0x0029, 0x1010).Keyword);
    }

    [Fact]
    public void Every_keyword_of_the_dictionary_is_a_property()
    {
        var properties = typeof(DicomTag).GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
            .Where(property => property.PropertyType == typeof(DicomTag)).ToDictionary(property => property.Name, property => (DicomTag)property.GetValue(null)!);

        Assert.All(properties, row => Assert.Equal(row.Value, DicomDictionary.Find(row.Key)!.Tag));
        Assert.True(properties.Count > 4900);
    }

    [Fact]
    public void Generated_UIDs_are_valid_and_repeat_with_their_seed()
    {
        var uid = DicomUID.Generate(new Random(1));

        Assert.Equal(uid, DicomUID.Generate(new Random(1)));
        Assert.NotEqual(DicomUID.Generate(), DicomUID.Generate());
        Assert.True(DicomUID.IsValid(uid.UID) && uid.UID.StartsWith("2.25.", StringComparison.Ordinal) && uid.UID.Length <= 44);
    }

    [Fact]
    public void Values_convert_exactly_or_not_at_all()
    {
        var dataset = new DicomDataset()
            .Add(DicomTag.PixelSpacing, 0.5, 0.25)
            .Add(DicomTag.Rows, (ushort)65535)
            .Add(DicomTag.InstanceNumber, 7)
            .Add(DicomTag.RescaleSlope, 1.5);

        Assert.Equal([0.5, 0.25], dataset.GetValues<double>(DicomTag.PixelSpacing));
        Assert.Equal(65535, dataset.GetSingleValue<int>(DicomTag.Rows));
        Assert.Equal("7", dataset.GetString(DicomTag.InstanceNumber));
        Assert.Equal(1.5m, dataset.GetSingleValue<decimal>(DicomTag.RescaleSlope));
        Assert.Throws<DicomValueException>(() => dataset.GetSingleValue<short>(DicomTag.Rows));
        Assert.Throws<DicomValueException>(() => dataset.GetSingleValue<int>(DicomTag.RescaleSlope));
        Assert.Throws<DicomValueException>(() => dataset.GetSingleValue<double>(DicomTag.PixelSpacing));
        Assert.Equal(1, dataset.GetSingleValueOrDefault(DicomTag.SamplesPerPixel, 1));
    }

    [Theory]
    [InlineData("1,5")]
    [InlineData("NaN")]
    [InlineData("0x10")]
    public void A_decimal_string_with_other_characters_is_refused_where_a_number_is_needed(string text)
    {
        var dataset = new DicomDataset(new DicomElement(DicomTag.RescaleSlope, DicomVR.DS, System.Text.Encoding.ASCII.GetBytes(text)));

        Assert.Throws<DicomValueException>(() => dataset.GetSingleValue<double>(DicomTag.RescaleSlope));
        Assert.False(dataset.TryGetSingleValue<double>(DicomTag.RescaleSlope, out _));
    }

    [Fact]
    public void Decimal_text_is_copied_as_it_was_written()
    {
        var source = new DicomDataset().Add(DicomTag.ImagePositionPatient, "-1.50", "+2e0", "3.000000");
        var target = new DicomDataset();

        source.CopyTo(target, DicomTag.ImagePositionPatient, DicomTag.PatientID);

        Assert.Equal(@"-1.50\+2e0\3.000000", Some.Again(target).Dataset.GetString(DicomTag.ImagePositionPatient));
    }

    [Fact]
    public void Text_may_name_the_patient_and_an_error_may_not()
    {
        var dataset = new DicomDataset().Add(DicomTag.PatientName, "Doe^Jane");

        var error = Assert.Throws<DicomValueException>(() => dataset.GetSingleValue<int>(DicomTag.PatientName));

        Assert.DoesNotContain("Doe", error.Message, StringComparison.Ordinal);
        Assert.Contains("(0010,0010) PatientName", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Private_attributes_find_the_block_of_their_creator()
    {
        var first = new DicomTag(0x0029, 0x01, "ONE");
        var second = new DicomTag(0x0029, 0x01, "TWO");
        var dataset = new DicomDataset().Add(DicomVR.LO, first, "a").Add(DicomVR.LO, second, "b");

        var again = Some.Again(dataset).Dataset;

        Assert.Equal("a", again.GetString(first));
        Assert.Equal("b", again.GetString(second));
        Assert.Equal("b", again.GetString(new DicomTag(0x0029, 0x1101)));
        Assert.False(again.Contains(new DicomTag(0x0029, 0x01, "THREE")));
    }

    [Fact]
    public void A_clone_does_not_share_its_sequences()
    {
        var dataset = new DicomDataset().Add(DicomTag.SegmentSequence, new DicomDataset().Add(DicomTag.SegmentNumber, 1));

        var clone = dataset.Clone();
        clone.GetSequence(DicomTag.SegmentSequence).Items[0].AddOrUpdate(DicomTag.SegmentNumber, 2);

        Assert.Equal(1, dataset.GetSequence(DicomTag.SegmentSequence).Items[0].GetSingleValue<int>(DicomTag.SegmentNumber));
    }

    [Fact]
    public void Codes_may_come_joined_and_numbers_in_their_own_arrays()
    {
        var dataset = new DicomDataset().Add(DicomTag.ImageType, @"DERIVED\PRIMARY").Add(DicomTag.FloatPixelData, 1.5f, -2f).Add(DicomTag.SmallestImagePixelValue, -1);

        Assert.Equal(["DERIVED", "PRIMARY"], dataset.GetValues<string>(DicomTag.ImageType));
        Assert.Equal([1.5f, -2f], dataset.GetValues<float>(DicomTag.FloatPixelData));
        Assert.Equal(DicomVR.SS, dataset.Find(DicomTag.SmallestImagePixelValue)!.VR);
    }

    [Fact]
    public void Pixels_that_are_not_in_the_syntax_said_are_not_written()
    {
        var dataset = Some.Image(2, 2, 8, [1, 2, 3, 4]);
        dataset.InternalTransferSyntax = DicomTransferSyntax.RLELossless;

        Assert.Throws<DicomValueException>(() => Some.Again(dataset));
        Assert.Throws<DicomValueException>(() => Some.Again(Some.Image(2, 2, 8, [1, 2, 3, 4]), DicomTransferSyntax.RLELossless));
    }

    [Fact]
    public void Pixel_data_passes_through_uncopied()
    {
        var pixels = new byte[16];
        var dataset = new DicomDataset().Add(DicomTag.BitsAllocated, 16).Add(DicomTag.PixelData, pixels);

        dataset.TryGetRaw(DicomTag.PixelData, out var raw);

        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(raw, out var segment) && ReferenceEquals(segment.Array, pixels));
        Assert.Equal(DicomVR.OW, dataset.Find(DicomTag.PixelData)!.VR);
    }

    [Fact]
    public void A_dump_has_one_line_for_each_element_and_hides_the_patient_on_request()
    {
        var dataset = Some.Image(2, 2, 8, [1, 2, 3, 4])
            .Add(DicomTag.SegmentSequence, new DicomDataset().Add(DicomTag.SegmentLabel, "Disc"));

        Assert.Contains("(0010,0010) PN [Some^Body] # PatientName\n", dataset.Dump(), StringComparison.Ordinal);
        Assert.Contains("    (0062,0005) LO [Disc] # SegmentLabel\n", dataset.Dump(), StringComparison.Ordinal);
        Assert.Contains("(7FE0,0010) OB (4 bytes) # PixelData\n", dataset.Dump(), StringComparison.Ordinal);
        Assert.DoesNotContain("Some^Body", dataset.Dump(new(HidePatient: true)), StringComparison.Ordinal);
        Assert.DoesNotContain("ID1", dataset.Dump(new(HidePatient: true)), StringComparison.Ordinal);
    }
}
