namespace MRNet.Dicom.Tests;

/// <summary>One CT slice in fifteen encodings and one MR slice in eight: the decoders must agree.</summary>
public class SameImageTests
{
    private const string Ct = "transfer_syntax_same_ct";

    [Theory]
    [InlineData("LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2", 0)]
    [InlineData("BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2", 0)]
    [InlineData("DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99", 0)]
    [InlineData("RLELosslessTransferSyntax_1.2.840.10008.1.2.5", 0)]
    [InlineData("JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57", 0)]
    [InlineData("JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70", 0)]
    [InlineData("JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80", 0)]
    [InlineData("JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81", 1)]
    [InlineData("JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90", 0)]
    [InlineData("JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91", 5)]
    public void Stored_values_agree(string name, float tolerance)
    {
        Needs.For(name);
        var expected = Stored(Shared.Dataset($"{Ct}/CTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm"));

        var actual = Stored(Shared.Dataset($"{Ct}/CTImage.dcm_{name}.dcm"));

        Assert.Equal(expected.Length, actual.Length);
        Assert.True(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() <= tolerance);
    }

    [Theory]
    [InlineData("JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50", 20)] // 8 bits for about 4000 units
    [InlineData("JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51", 20)]
    public void Rescaled_values_of_the_lossy_ones_agree_on_the_whole(string name, float tolerance)
    {
        var expected = Rescaled(Shared.Dataset($"{Ct}/CTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm"));

        var actual = Rescaled(Shared.Dataset($"{Ct}/CTImage.dcm_{name}.dcm"));

        Assert.True(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Average() <= tolerance);
    }

    [Theory]
    [InlineData("JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53")]
    [InlineData("JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55")]
    public void Retired_progressive_syntaxes_are_refused_by_name(string name)
    {
        var pixels = DicomPixelData.Create(Shared.Dataset($"{Ct}/CTImage.dcm_{name}.dcm"));

        var error = Assert.Throws<DicomCodecException>(() => pixels.GetFrame(0));

        Assert.Contains(name[(name.LastIndexOf('_') + 1)..], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MR_small_RLE.dcm")]
    [InlineData("MR_small_bigendian.dcm")]
    [InlineData("MR_small_expb.dcm")]
    [InlineData("MR_small_implicit.dcm")]
    [InlineData("MR_small_jp2klossless.dcm")]
    [InlineData("MR_small_jpeg_ls_lossless.dcm")]
    [InlineData("MR_small_padded.dcm")]
    public void The_MR_slice_is_the_same_to_the_bit(string name)
    {
        Needs.For(name);

        Assert.Equal(Stored(Shared.Dataset("transfer_syntax_same_mr/MR_small.dcm")), Stored(Shared.Dataset($"transfer_syntax_same_mr/{name}")));
    }

    [Theory]
    [InlineData("RLE")]
    [InlineData("big_endian")]
    [InlineData("jpeg_2k_lossless")]
    [InlineData("jpeg_ls_lossless")]
    public void Ten_enhanced_MR_frames_are_the_same_to_the_bit(string name)
    {
        Needs.For(name);
        var expected = DicomPixelData.Create(Shared.Dataset("multiframe/emri_small.dcm"));

        var actual = DicomPixelData.Create(Shared.Dataset($"multiframe/emri_small_{name}.dcm"));

        for (var i = 0; i < 10; i++)
            Assert.True(expected.GetFrame(i).Span.SequenceEqual(actual.GetFrame(i).Span), $"frame {i}");
    }

    [Theory]
    [InlineData("liver", "deflate")]
    [InlineData("liver", "rle")]
    [InlineData("liver", "j2k")]
    [InlineData("liver_nonbyte_aligned", "deflate")]
    [InlineData("liver_nonbyte_aligned", "rle")]
    [InlineData("liver_nonbyte_aligned", "j2k")]
    public void One_bit_frames_are_the_same_in_every_encoding(string native, string encoding)
    {
        Needs.For(encoding);
        var expected = DicomPixelData.Create(Shared.Dataset($"segmentation/bit_packed/{native}.dcm"));

        var actual = DicomPixelData.Create(Shared.Dataset($"segmentation/bit_packed/{native}_{encoding}.dcm"));

        for (var i = 0; i < 3; i++)
            Assert.True(expected.GetFrame(i).Span.SequenceEqual(actual.GetFrame(i).Span), $"frame {i}");
    }

    internal static float[] Stored(DicomDataset dataset)
    {
        var pixels = DicomPixelData.Create(dataset);
        var values = new float[pixels.Width * pixels.Height * pixels.SamplesPerPixel];
        pixels.CopyStoredValues(0, values);
        return values;
    }

    private static float[] Rescaled(DicomDataset dataset)
    {
        var (slope, intercept) = (dataset.GetSingleValueOrDefault(DicomTag.RescaleSlope, 1f), dataset.GetSingleValueOrDefault(DicomTag.RescaleIntercept, 0f));
        return Array.ConvertAll(Stored(dataset), value => (value * slope) + intercept);
    }
}

/// <summary>Skips what needs a native library that is not there.</summary>
internal static class Needs
{
    public static void For(string name)
    {
        var isJ2k = name.Contains("2000", StringComparison.Ordinal) || name.Contains("2k", StringComparison.OrdinalIgnoreCase);
        Assert.SkipUnless(!isJ2k || OpenJpeg.Library.IsAvailable, "libopenjp2 is not installed");
    }
}
