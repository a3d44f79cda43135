namespace MRNet.Dicom.Tests;

/// <summary>Every sample: a data set or a named error, and the same again after writing.</summary>
public class EveryFileTests
{
    [Fact]
    public void Only_these_are_refused_and_each_says_why()
    {
        var refused = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Shared.Files())
        {
            try
            {
                DicomFile.Open(file);
            }
            catch (DicomFileException error)
            {
                refused.Add(Path.GetFileName(file), error.Message);
            }
        }

        Assert.Equal(
            [
                "DICOMDIR-nooffset", "ExplVR_BigEndNoMeta.dcm", "ExplVR_LitEndNoMeta.dcm",
                "JLSL_RGB_ILV0.dcm", "JLSL_RGB_ILV1.dcm", "JLSL_RGB_ILV2.dcm", "JLSN_RGB_ILV0.dcm", // no preamble
                "MR_truncated.dcm", "SC_rgb_jpeg.dcm", "emri_small_jpeg_2k_lossless_too_short.dcm", "meta_missing_tsyntax.dcm",
                "no_meta.dcm", "rtplan_truncated.dcm", "rtstruct.dcm", "zipMR.gz",
            ],
            refused.Keys);
        Assert.Contains("gzip", refused["zipMR.gz"], StringComparison.Ordinal);
        Assert.Contains("has a length of 8192, and 8130 bytes are left", refused["MR_truncated.dcm"], StringComparison.Ordinal);
    }

    [Fact]
    public void Tolerant_reading_gives_a_data_set_of_all_but_the_archive_and_a_file_whose_first_byte_is_wrong()
    {
        foreach (var file in Shared.Files().Where(file => Path.GetFileName(file) is not ("zipMR.gz" or "no_meta.dcm")))
            Assert.NotEmpty(DicomFile.Open(file, new() { Tolerant = true }).Dataset);
    }

    [Theory]
    [InlineData("bad/MR_truncated.dcm")]
    [InlineData("bad/rtplan_truncated.dcm")]
    [InlineData("colour/SC_rgb_jpeg.dcm")]
    [InlineData("misc/rtstruct.dcm")]
    [InlineData("codecs/CT_small.dcm", false)]
    public void Tolerant_reading_says_when_it_forgave_something(string file, bool isPartial = true) =>
        Assert.Equal(isPartial, Shared.Open(file, new() { Tolerant = true }).IsPartial);

    [Fact]
    public void Reading_stops_before_a_tag_on_request()
    {
        var dataset = Shared.Open("codecs/CT_small.dcm", new() { StopBefore = DicomTag.PixelData }).Dataset;

        Assert.False(dataset.Contains(DicomTag.PixelData));
        Assert.True(dataset.Contains(DicomTag.Rows));
    }

    [Fact]
    public void A_path_that_is_no_file_is_our_error()
    {
        Assert.Throws<DicomFileException>(() => DicomFile.Open(Path.GetTempPath()));
        Assert.Throws<DicomFileException>(() => DicomFile.Open(Path.Combine(Path.GetTempPath(), "there-is-no-such-file")));
        Assert.False(DicomFile.HasValidHeader(Path.GetTempPath()));
    }

    [Fact]
    public async Task Opening_and_saving_wait_without_blocking()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var stream = new MemoryStream();

        await new DicomFile(Some.Image(2, 2, 8, [1, 2, 3, 4])).SaveAsync(stream, cancellation: cancellation);
        stream.Position = 0;
        var file = await DicomFile.OpenAsync(stream, cancellation: cancellation);

        Assert.Equal("Some^Body", file.Dataset.GetString(DicomTag.PatientName));
        Assert.Equal(DicomTransferSyntax.ExplicitVRLittleEndian, file.FileMetaInfo.TransferSyntax);
        Assert.Equal("1.2.3.4", file.FileMetaInfo.MediaStorageSOPInstanceUID);
    }

    [Fact]
    public void Reading_what_was_written_gives_the_same_data_set()
    {
        foreach (var file in Shared.Files())
        {
            DicomFile first;
            try
            {
                first = DicomFile.Open(file);
            }
            catch (DicomFileException)
            {
                continue;
            }

            using var written = new MemoryStream();
            first.Save(written);
            written.Position = 0;
            var second = DicomFile.Open(written);

            Equal.Datasets(first.Dataset, second.Dataset, Path.GetFileName(file));
        }
    }
}
