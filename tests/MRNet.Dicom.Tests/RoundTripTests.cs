using CsCheck;

namespace MRNet.Dicom.Tests;

/// <summary>Random data sets, written and read again.</summary>
public class RoundTripTests
{
    private static readonly Gen<DicomDataset> Plain = Gen.Select(
        Gen.Char["abcdefXYZ 0123äß山ß"].Array[0, 60], Gen.Double[-1e6, 1e6].Array[1, 5], Gen.UShort, Gen.Byte.Array[0, 20], Gen.Int.Array[1, 4],
        (text, numbers, number, bytes, longs) => new DicomDataset()
            .Add(DicomTag.SeriesDescription, new string(text).Trim())
            .Add(DicomTag.ImagePositionPatient, numbers)
            .Add(DicomTag.Rows, number)
            .Add(DicomTag.ReferencePixelX0, longs)
            .Add(DicomVR.OB, new DicomTag(0x0029, 1, "CSCHECK"), bytes.Concat(bytes).ToArray().AsMemory()));

    private static readonly Gen<DicomDataset> Nested = Gen.Select(Plain, Plain.Array[0, 3], Plain.Array[0, 2], (root, items, inner) =>
    {
        foreach (var item in items)
            item.Add(DicomTag.SegmentIdentificationSequence, inner.Select(one => one.Clone()));
        return root.Add(DicomTag.PerFrameFunctionalGroupsSequence, items);
    });

    [Theory]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    public void A_data_set_comes_back_as_it_was(string uid) => Nested.Sample(dataset =>
    {
        var again = Some.Again(dataset, DicomTransferSyntax.Parse(uid)).Dataset;
        Assert.Equal(Shorn(dataset), Shorn(again));
    }, iter: 200);

    [Fact]
    public void In_implicit_VR_all_but_the_private_VR_comes_back() => Nested.Sample(dataset =>
    {
        var again = Some.Again(dataset, DicomTransferSyntax.ImplicitVRLittleEndian).Dataset;
        Assert.Equal(dataset.Dump().Replace(" OB (", " UN (", StringComparison.Ordinal), Shorn(again));
    }, iter: 200);

    [Fact]
    public void A_value_too_long_for_the_short_header_is_read_with_its_VR_again()
    {
        var numbers = Enumerable.Range(0, 20000).Select(i => i + 0.5).ToArray();

        var again = Some.Again(new DicomDataset().Add(DicomTag.ContourData, numbers)).Dataset;

        Assert.Equal(DicomVR.DS, again.Find(DicomTag.ContourData)!.VR);
        Assert.Equal(numbers, again.GetValues<double>(DicomTag.ContourData));
    }

    [Fact]
    public void Saving_leaves_no_temporary_file_and_large_values_stay_in_the_file_until_asked()
    {
        var folder = Directory.CreateTempSubdirectory("dicom");
        try
        {
            var path = Path.Combine(folder.FullName, "a.dcm");
            var pixels = new byte[512 * 512];
            Random.Shared.NextBytes(pixels);
            new DicomFile(Some.Image(512, 512, 8, pixels)).Save(path);

            var dataset = DicomFile.Open(path).Dataset;

            Assert.Equal(["a.dcm"], folder.GetFiles().Select(file => file.Name));
            Assert.True(((DicomElement)dataset.Find(DicomTag.PixelData)!).IsOnDemand);
            Assert.True(DicomPixelData.Create(dataset).GetFrame(0).Span.SequenceEqual(pixels));
            File.AppendAllText(path, "x");
            Assert.Throws<DicomFileException>(() => DicomPixelData.Create(dataset).GetFrame(0));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The character set is added by the writer, nothing else may change.</summary>
    private static string Shorn(DicomDataset dataset) => dataset.Clone().Remove(DicomTag.SpecificCharacterSet).Dump();
}
