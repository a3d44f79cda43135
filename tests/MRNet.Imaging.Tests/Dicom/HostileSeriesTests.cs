using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Tests.Dicom;

/// <summary>Series that are rare, legal or malicious.</summary>
public sealed class HostileSeriesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Padding_in_bits_that_no_pixel_uses_is_padding()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(), change: (image, _) =>
        {
            image.AddOrUpdate(DicomTag.BitsStored, (ushort)12).AddOrUpdate(DicomTag.HighBit, (ushort)11).AddOrUpdate(DicomTag.PixelRepresentation, (ushort)0)
                .AddOrUpdate(DicomVR.US, DicomTag.PixelPaddingValue, 63536);
            var words = new ushort[image.GetSingleValue<int>(DicomTag.Rows) * image.GetSingleValue<int>(DicomTag.Columns)];
            Array.Fill(words, (ushort)1000);
            words[0] = 63536;
            image.AddOrUpdate(DicomTag.PixelData, System.Runtime.InteropServices.MemoryMarshal.AsBytes(words.AsSpan()).ToArray());
        });

        var series = DicomSeriesReader.Read([folder["a"]]);

        Assert.Equal(1, series.Padding![0]);
        Assert.Equal(series.Volume.Samples.Min(), series.Volume.Samples[0]);
    }

    [Fact]
    public async Task A_pipe_and_a_link_back_do_not_hold_the_reader_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only.");
        SomeSeries.Files(folder, SomeSeries.Volume());
        using (var pipe = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(folder["a"], "pipe")]))
            pipe.WaitForExit();
        Directory.CreateSymbolicLink(Path.Combine(folder["a"], "back"), folder["a"]);

        var scan = await Task.Run(() => DicomSeriesReader.Scan([folder["a"]])).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(3, Assert.Single(scan.Series).Files.Count);
    }

    [Fact]
    public void Two_samples_a_pixel_are_refused()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(), change: (image, _) => image.AddOrUpdate(DicomTag.SamplesPerPixel, (ushort)2));

        Assert.ThrowsAny<ImagingException>(() => DicomSeriesReader.Read([folder["a"]]));
    }

    [Fact]
    public void Rescaling_beyond_numbers_is_refused()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(), change: (image, _) => image.AddOrUpdate(DicomTag.RescaleSlope, "1e300"));

        Assert.Contains("RescaleSlope", Assert.ThrowsAny<ImagingException>(() => DicomSeriesReader.Read([folder["a"]])).Message);
    }

    [Fact]
    public void What_is_not_a_number_is_written_as_background()
    {
        var volume = new Volume(Some.Grid(), [.. Enumerable.Range(0, (int)Some.Grid().Count).Select(i => i % 5 == 0 ? float.NaN : i * 0.001f)]) { Modality = "MR" };

        DicomImageWriter.WriteFolder(volume, folder["b"], ImageIdentity.Anonymous(new WriterOptions().NewUid));
        var back = DicomSeriesReader.Read([folder["b"]]).Volume.Samples;

        Assert.Equal(volume.Samples.Where(float.IsFinite).Min(), back[0], 1e-4);
    }

    [Fact]
    public void A_name_that_dicom_cannot_hold_is_refused()
    {
        var identity = ImageIdentity.Anonymous(new WriterOptions().NewUid) with { PatientName = @"back\slash" };

        Assert.Throws<InvalidImageException>(() => DicomImageWriter.WriteFolder(SomeSeries.Volume(), folder["b"], identity));
    }

    [Fact]
    public void A_colour_image_in_a_patient_is_not_written()
    {
        var grid = Some.Grid();

        Assert.Throws<UnsupportedImageException>(() => DicomImageWriter.WriteFolder(new Volume(grid, new float[grid.Count * 3], 3), folder["b"], ImageIdentity.Anonymous(new WriterOptions().NewUid)));
    }
}
