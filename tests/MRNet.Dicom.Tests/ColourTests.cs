namespace MRNet.Dicom.Tests;

public class ColourTests
{
    /// <summary>
    /// RGB as DCMTK's dcmj2pnm makes it. JPEG differs by rounding; subsampled chroma more, at edges: DCMTK smooths it.
    /// GH195.dcm is left out: labelled RGB, its JFIF stream is YCbCr, which DCMTK does not see.
    /// </summary>
    [Fact]
    [Trait("Category", "Interop")]
    public void Rgb_frames_are_those_of_DCMTK()
    {
        Tool.Need("dcmj2pnm");
        var compared = 0;
        foreach (var file in Shared.Files("colour").Concat(Shared.Files("misc")).Where(file => !file.EndsWith("GH195.dcm", StringComparison.Ordinal)))
        {
            if (TryColour(file) is not { } pixels || pixels.TransferSyntax.Name.Contains("JPEG-LS", StringComparison.Ordinal) || Reference(file) is not { } expected)
                continue;
            var actual = pixels.GetRgbFrame(0);
            var offset = expected.Length - actual.Length;
            var difference = actual.Select((value, i) => (double)Math.Abs(value - expected[offset + i])).Average();
            Assert.True(difference <= 2.6, $"{Path.GetFileName(file)}: mean difference {difference}");
            compared++;
        }

        Assert.True(compared > 20, $"{compared} compared");
    }

    [Fact]
    public void A_stream_that_says_YCbCr_is_converted_though_the_data_set_says_RGB()
    {
        var rgb = DicomPixelData.Create(Shared.Dataset("misc/GH195.dcm")).GetRgbFrame(0);

        // Gums and teeth: clearly more red than green. Unconverted, the middle channel would lie near 128 everywhere.
        Assert.True(Mean(rgb, 0) > Mean(rgb, 1) + 40);
        Assert.Equal(195.8, Mean(rgb, 0), 0.5); // Pillow: 195.8
    }

    [Fact]
    public void Planar_and_interleaved_frames_give_the_same_picture()
    {
        byte[] interleaved = [1, 2, 3, 4, 5, 6];
        byte[] planar = [1, 4, 2, 5, 3, 6];

        Assert.Equal(interleaved, Some.Rgb(2, 1, interleaved, planar: 0).GetRgbFrame(0));
        Assert.Equal(interleaved, Some.Rgb(2, 1, planar, planar: 1).GetRgbFrame(0));
    }

    [Fact]
    public void A_segmented_palette_is_expanded()
    {
        // 8-bit words: discrete 10 20, linear over 2 to 40, indirect: 1 segment from word 0. PS3.3 C.7.9.2.
        var rgb = DicomPixelData.Create(Segmented(8, [0, 2, 10, 20, 1, 2, 40, 2, 1, 0, 0])).GetRgbFrame(0);

        Assert.Equal([10, 20, 30, 40, 10, 20], rgb.Where((_, i) => i % 3 == 0).Select(value => (int)value));
    }

    /// <summary>Met by damaged input: offsets from 2^31 - 1 on were an index below 0.</summary>
    [Theory]
    [InlineData(0x80000000), InlineData(0x7FFFFFFF), InlineData(0xFFFFFFFF)]
    public void A_segment_that_points_nowhere_is_our_own_error(uint offset)
    {
        byte[] segments = [0, 0, 2, 0, 0, 0, 255, 255, 2, 0, 1, 0, .. BitConverter.GetBytes(offset)];

        Assert.Throws<DicomValueException>(() => DicomPixelData.Create(Segmented(16, segments)).GetRgbFrame(0));
    }

    private static DicomDataset Segmented(int bits, byte[] segments)
    {
        var dataset = Some.Image(6, 1, 8, [0, 1, 2, 3, 4, 5]).AddOrUpdate(DicomTag.PhotometricInterpretation, "PALETTE COLOR");
        foreach (var (descriptor, data) in new[]
        {
            (DicomTag.RedPaletteColorLookupTableDescriptor, DicomTag.SegmentedRedPaletteColorLookupTableData),
            (DicomTag.GreenPaletteColorLookupTableDescriptor, DicomTag.SegmentedGreenPaletteColorLookupTableData),
            (DicomTag.BluePaletteColorLookupTableDescriptor, DicomTag.SegmentedBluePaletteColorLookupTableData),
        })
            dataset.Add(descriptor, 6, 0, bits).Add(new DicomElement(data, DicomVR.OW, segments));
        return dataset;
    }

    private static double Mean(byte[] rgb, int channel) => rgb.Where((_, i) => i % 3 == channel).Average(value => (double)value);

    private static DicomPixelData? TryColour(string file)
    {
        try
        {
            var pixels = DicomPixelData.Create(DicomFile.Open(file).Dataset);
            return pixels.SamplesPerPixel == 3 || pixels.PhotometricInterpretation == "PALETTE COLOR" ? pixels : null;
        }
        catch (DicomException)
        {
            return null;
        }
    }

    private static byte[]? Reference(string file)
    {
        var picture = Path.GetTempFileName();
        try
        {
            return Tool.Run("dcmj2pnm", "+op", file, picture).Code == 0 ? File.ReadAllBytes(picture) is { Length: > 0 } bytes ? bytes : null : null;
        }
        finally
        {
            File.Delete(picture);
        }
    }
}
