namespace MRNet.Dicom.Tests;

/// <summary>Frames in which data set and stream say different things; all others are in <see cref="ManifestTests"/>.</summary>
public class FramesTests
{
    /// <summary>Expected values of pydicom's own test suite for this file.</summary>
    [Fact]
    public void A_codestream_without_sign_is_read_with_the_sign_of_the_data_set()
    {
        Needs.For("2k");

        var stored = SameImageTests.Stored(Shared.Dataset("codecs/J2K_pixelrep_mismatch.dcm"));

        Assert.Equal(-2000, stored[0]);
        Assert.Equal([621, 412, 138, -193, -520], Enumerable.Range(47, 5).Select(row => (int)stored[(row * 512) + 279]));
    }

    [Fact]
    public void A_codestream_of_fewer_bits_than_the_data_set_says_is_refused()
    {
        Needs.For("2k");
        var pixels = DicomPixelData.Create(Shared.Dataset("bad/slicethickness_empty_string.dcm"));

        var error = Assert.Throws<DicomCodecException>(() => pixels.GetFrame(0));

        Assert.Contains("10 bits; Bits Stored is 12", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_stream_under_a_lossless_syntax_is_decoded_by_its_own_marker()
    {
        var pixels = DicomPixelData.Create(Shared.Dataset("ophthalmic/sample-op.dcm"));

        Assert.Equal(1536 * 1536, pixels.GetFrame(0).Length);
    }

    [Theory]
    [InlineData("parametric_map/parametric_map_float.dcm", 32)]
    [InlineData("parametric_map/parametric_map_double_float.dcm", 64)]
    public void Float_maps_come_as_numbers(string file, int bits)
    {
        var pixels = DicomPixelData.Create(Shared.Dataset(file));
        var values = new float[pixels.Width * pixels.Height];

        pixels.CopyStoredValues(0, values);

        Assert.True(pixels.IsFloat);
        Assert.Equal(bits, pixels.BitsAllocated);
        Assert.Contains(values, value => value != 0);
    }
}
