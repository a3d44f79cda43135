using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Tests.Dicom;

public sealed class DicomSeriesReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static void AssertSame(Volume expected, Volume actual)
    {
        Assert.Equal((expected.Grid.Columns, expected.Grid.Rows, expected.Grid.Slices), (actual.Grid.Columns, actual.Grid.Rows, actual.Grid.Slices));
        foreach (var (x, y, z) in new[] { (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (expected.Grid.Columns, expected.Grid.Rows, expected.Grid.Slices) })
            Assert.Equal(0, (expected.Grid.ToPatient(x, y, z) - actual.Grid.ToPatient(x, y, z)).Length, 1e-6);
        Assert.Equal(expected.Samples, actual.Samples);
    }

    [Fact]
    public void Gives_the_volume_back_whatever_the_order_of_files()
    {
        var volume = SomeSeries.Volume(Some.Grid(slices: 5));

        var series = SomeSeries.Read(folder, volume);

        AssertSame(volume, series.Volume);
        Assert.Equal("CT", series.Volume.Modality);
        Assert.Equal(5, series.Headers.Count);
        Assert.All(series.Headers, header => Assert.False(header.Contains(DicomTag.PixelData)));
        Assert.Equal(series.Volume.Sources, series.Planes.Select(plane => plane.Source));
        Assert.Equal(series.Headers.Select(header => header.GetString(DicomTag.SOPInstanceUID)), series.Planes.Select(plane => plane.SopInstanceUid));
    }

    [Fact]
    public void Instance_numbers_say_nothing_of_the_order() => AssertSame(
        SomeSeries.Volume(), SomeSeries.Read(folder, SomeSeries.Volume(), (image, i) => image.AddOrUpdate(DicomTag.InstanceNumber, 99 - i)).Volume);

    [Fact]
    public void A_left_handed_oblique_grid_comes_back_ascending_along_the_normal()
    {
        var volume = SomeSeries.Volume(Some.ObliqueGrid(), "MR");

        var read = SomeSeries.Read(folder, volume).Volume;

        Assert.Equal(1, read.Grid.DirectionX.Cross(read.Grid.DirectionY).Dot(read.Grid.DirectionZ), 1e-9);
        for (var z = 0; z < volume.Grid.Slices; z++)
        {
            var at = read.Grid.ToVoxel(volume.Grid.ToPatient(1, 2, z));
            Assert.Equal((1, 2, 2 - z), (Math.Round(at.X, 6), Math.Round(at.Y, 6), Math.Round(at.Z, 6)));
            Assert.True(volume.Slice(z).SequenceEqual(read.Slice(2 - z)));
        }
    }

    [Fact]
    public void Any_orthogonal_grid_goes_there_and_back()
    {
        var number = 0;
        CsCheck.Check.Sample(Some.AnyGrid, grid =>
        {
            var volume = SomeSeries.Volume(grid, "MR");
            var name = $"g{Interlocked.Increment(ref number)}";
            SomeSeries.Files(folder, volume, name: name);
            var read = DicomSeriesReader.Read([folder[name]]).Volume.Grid;

            var isForward = grid.DirectionX.Cross(grid.DirectionY).Dot(grid.DirectionZ) > 0;
            var last = grid.Slices - 1;
            return (grid.ToPatient(0, 0, isForward ? 0 : last) - read.ToPatient(0, 0, 0)).Length < 1e-4
                && (grid.ToPatient(3, 2, isForward ? last : 0) - read.ToPatient(3, 2, last)).Length < 1e-3;
        }, iter: 30, threads: 1);
    }

    [Fact]
    public void Slice_thickness_is_not_spacing()
    {
        var series = SomeSeries.Read(folder, SomeSeries.Volume(), (image, _) => image
            .AddOrUpdate(DicomTag.SliceThickness, 9).AddOrUpdate(DicomTag.SpacingBetweenSlices, 9));

        Assert.Equal(2.5, series.Volume.Grid.SpacingMm.Z, 1e-9);
        Assert.Contains(series.Notes, note => note.Contains("SpacingBetweenSlices says 9 mm"));
    }

    [Fact]
    public void Each_slice_has_its_own_rescale()
    {
        var volume = SomeSeries.Volume();
        var read = SomeSeries.Read(folder, volume, (image, i) => image.AddOrUpdate(DicomTag.RescaleSlope, "0.5").AddOrUpdate(DicomTag.RescaleIntercept, i * 10)).Volume;

        for (var z = 0; z < 3; z++)
            Assert.Equal(volume.Slice(z)[4] * 0.5f + z * 10, read.Slice(z)[4]);
    }

    [Fact]
    public void Fractions_come_back_within_half_a_step()
    {
        var volume = Some.Volume() is var some ? new Volume(some.Grid, [.. some.Samples.Select(s => s * 1.37f)]) { Modality = "CT" } : null!;

        var read = SomeSeries.Read(folder, volume).Volume;

        var step = (volume.Samples.Max() - volume.Samples.Min()) / 65535;
        Assert.All(volume.Samples.Zip(read.Samples), pair => Assert.Equal(pair.First, pair.Second, step));
    }

    [Fact]
    public void Unsigned_and_signed_twelve_bits()
    {
        // 0xF801 in twelve bits is 0x801: 2049 unsigned, -2047 signed; the four high bits are somebody's overlay.
        void Set(DicomDataset image, int signed) => image
            .AddOrUpdate(DicomTag.BitsStored, 12).AddOrUpdate(DicomTag.HighBit, 11).AddOrUpdate(DicomTag.PixelRepresentation, signed)
            .AddOrUpdate(DicomTag.PixelData, [.. Enumerable.Repeat<byte[]>([0x01, 0xF8], 20).SelectMany(b => b)]);

        SomeSeries.Files(folder, SomeSeries.Volume(), change: (image, _) => Set(image, 0), name: "unsigned");
        SomeSeries.Files(folder, SomeSeries.Volume(), change: (image, _) => Set(image, 1), name: "signed");

        Assert.All(DicomSeriesReader.Read([folder["unsigned"]]).Volume.Samples, value => Assert.Equal(2049, value));
        Assert.All(DicomSeriesReader.Read([folder["signed"]]).Volume.Samples, value => Assert.Equal(-2047, value));
    }

    /// <summary>In a group of their own, and in the high bits of the pixels as it once was done.</summary>
    [Fact]
    public void Overlays_are_ignored_with_a_word()
    {
        var volume = SomeSeries.Volume(Some.Grid(slices: 3));
        var expected = volume.Samples.Select(value => Math.Max(0, value) % 4096).ToArray();
        volume = new(volume.Grid, expected) { Modality = "CT" };

        var series = SomeSeries.Read(folder, volume, (image, _) =>
        {
            var pixels = image.TryGetRaw(DicomTag.PixelData, out var raw) ? raw.ToArray() : [];
            for (var i = 1; i < pixels.Length; i += 2)
                pixels[i] |= 0x80; // a bit above the high bit
            image.AddOrUpdate(DicomTag.BitsStored, 12).AddOrUpdate(DicomTag.HighBit, 11).AddOrUpdate(DicomTag.PixelRepresentation, 0)
                .AddOrUpdate(DicomTag.RescaleIntercept, 0).AddOrUpdate(DicomTag.PixelData, pixels)
                .Add(new DicomElement(new DicomTag(0x6000, 0x0010), DicomVR.US, new byte[] { 4, 0 }));
        });

        Assert.Equal(expected, series.Volume.Samples);
        Assert.Contains(series.Notes, note => note.StartsWith("Overlays", StringComparison.Ordinal));
    }

    [Fact]
    public void Monochrome1_is_inverted()
    {
        var volume = SomeSeries.Volume();
        var series = SomeSeries.Read(folder, volume, (image, _) => image.AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME1"));

        Assert.Equal(volume.Samples.Select(value => -1 - value), series.Volume.Samples);
        Assert.Contains(series.Notes, note => note.Contains("MONOCHROME1"));
    }

    [Fact]
    public void Padding_becomes_the_lowest_measured_value()
    {
        var volume = SomeSeries.Volume();
        volume.Samples[3] = -2000;
        volume.Samples[7] = -2003;

        var series = SomeSeries.Read(folder, volume, (image, _) => image.AddOrUpdate(DicomTag.PixelPaddingValue, (short)-2000).AddOrUpdate(DicomTag.PixelPaddingRangeLimit, (short)-2005));

        Assert.Equal((-1000, -1000), (series.Volume.Samples[3], series.Volume.Samples[7]));
        Assert.Equal(2, series.Padding!.Sum(b => b));
        Assert.Equal((1, 1), (series.Padding![3], series.Padding[7]));
    }

    [Fact]
    public void A_missing_slice_is_refused_and_named()
    {
        var files = SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(slices: 6)));
        File.Delete(files[3]);

        var error = Assert.Throws<UnsupportedImageException>(() => DicomSeriesReader.Read([folder["a"]]));

        Assert.Contains("5 mm between", error.Message);
        Assert.Contains("(1 missing)", error.Message);
        Assert.Contains("--gaps resample", error.Message);
    }

    [Fact]
    public void A_missing_slice_is_interpolated_on_request()
    {
        var volume = SomeSeries.Volume(Some.Grid(slices: 6));
        File.Delete(SomeSeries.Files(folder, volume)[3]);

        var series = DicomSeriesReader.Read([folder["a"]], new() { Gaps = GapHandling.Resample });

        Assert.True(series.IsResampled);
        AssertSame(volume, series.Volume); // the samples rise evenly: between two slices lies the third
        Assert.Equal([0, 1, 2, 4, 5], series.Planes.Select(plane => plane.Slice));
        Assert.Equal(6, series.Volume.Sources.Count);
    }

    [Fact]
    public void The_same_file_twice_is_used_once()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(), name: "a");
        SomeSeries.Files(folder, SomeSeries.Volume(), name: "b");

        var series = DicomSeriesReader.Read([folder["a"], folder["b"]]);

        Assert.Equal(3, series.Volume.Grid.Slices);
        Assert.Contains(series.Notes, note => note.StartsWith("3 images were there twice", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_time_points_are_refused()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(), SomeSeries.Options(1), name: "a");
        var series = "";
        SomeSeries.Files(folder, SomeSeries.Volume(), SomeSeries.Options(1), (image, _) => series = image.GetString(DicomTag.SeriesInstanceUID), "c");
        Directory.Delete(folder["c"], recursive: true);
        var frameOfReference = DicomFile.Open(Directory.GetFiles(folder["a"])[0]).Dataset.GetString(DicomTag.FrameOfReferenceUID);
        SomeSeries.Files(folder, SomeSeries.Volume(), SomeSeries.Options(2), (image, _) => image.AddOrUpdate(DicomTag.SeriesInstanceUID, series).AddOrUpdate(DicomTag.FrameOfReferenceUID, frameOfReference), "b");

        var error = Assert.Throws<UnsupportedImageException>(() => DicomSeriesReader.Read([folder["a"], folder["b"]]));

        Assert.Contains("6 images are at 3 positions", error.Message);
    }

    [Fact]
    public void Of_two_series_one_must_be_named()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(), SomeSeries.Options(1), name: "a");
        SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(slices: 2), "MR"), SomeSeries.Options(2), name: "b");
        var scan = DicomSeriesReader.Scan([folder["a"], folder["b"]]);
        var mr = scan.Series.Single(series => series.Modality == "MR");

        var error = Assert.Throws<InvalidImageException>(() => DicomSeriesReader.Read([folder["a"], folder["b"]]));

        Assert.Contains("--series UID", error.Message);
        Assert.Contains($"{mr.SeriesInstanceUid} MR, 2 files", error.Message);
        Assert.Equal("MR", DicomSeriesReader.Read([folder["a"], folder["b"]], new() { SeriesUid = mr.SeriesInstanceUid }).Volume.Modality);
    }

    [Fact]
    public void Two_echoes_are_listed_and_one_can_be_named()
    {
        var options = SomeSeries.Options();
        SomeSeries.Files(folder, SomeSeries.Volume(modality: "MR"), options, (image, _) => image.AddOrUpdate(DicomTag.EchoTime, "5"));
        var other = DicomFile.Open(Directory.GetFiles(folder["a"])[0]).Dataset;
        SomeSeries.Files(folder, SomeSeries.Volume(modality: "MR"), options, (image, _) => other.CopyTo(image.AddOrUpdate(DicomTag.EchoTime, "90"), DicomTag.SeriesInstanceUID, DicomTag.FrameOfReferenceUID), "b");

        var error = Assert.Throws<UnsupportedImageException>(() => DicomSeriesReader.Read([folder["a"], folder["b"]]));

        Assert.Contains("2 stacks", error.Message);
        Assert.Contains("2: 3 images, echo 90", error.Message);
        Assert.Equal("90", DicomSeriesReader.Read([folder["a"], folder["b"]], new() { StackId = 2 }).Headers[0].GetString(DicomTag.EchoTime));
    }

    [Fact]
    public void Tilt_is_refused_with_its_angle()
    {
        var error = Assert.Throws<UnsupportedImageException>(() => SomeSeries.Read(folder, SomeSeries.Volume(), (image, i) =>
            image.AddOrUpdate(DicomTag.ImagePositionPatient, -20.0, 11 + i * 0.9, 5 + 2.5 * i)));

        Assert.Contains("tilted by 19.8 degrees", error.Message);
    }

    [Fact]
    public void The_tilt_tag_alone_is_no_tilt() => Assert.Equal(
        3, SomeSeries.Read(folder, SomeSeries.Volume(), (image, _) => image.AddOrUpdate(DicomTag.GantryDetectorTilt, "18.5")).Volume.Grid.Slices);

    [Fact]
    public void Localizers_are_left_out()
    {
        var series = SomeSeries.Read(folder, SomeSeries.Volume(Some.Grid(slices: 4)), (image, i) => image.AddOrUpdate(DicomTag.ImageType, "ORIGINAL", "PRIMARY", i == 3 ? "LOCALIZER" : "AXIAL"));

        Assert.Equal(3, series.Volume.Grid.Slices);
        Assert.Contains("1 localizer images left out.", series.Notes);
    }

    [Fact]
    public void A_series_of_localizers_needs_no_choice()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(), SomeSeries.Options(1), name: "a");
        SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(slices: 1)), SomeSeries.Options(2), (image, _) => image.AddOrUpdate(DicomTag.ImageType, "ORIGINAL", "PRIMARY", "LOCALIZER"), "b");

        Assert.Equal(3, DicomSeriesReader.Read([folder["a"], folder["b"]]).Volume.Grid.Slices);
    }

    [Fact]
    public void A_modality_table_is_looked_up() => Assert.Equal(
        [7f, 7, 8, 9, 9],
        SomeSeries.Read(folder, new(new(5, 1, 1), [-5, 0, 1, 2, 9]) { Modality = "CT" }, (image, _) => image.Add(DicomTag.ModalityLUTSequence, new DicomDataset()
            .Add(DicomVR.US, DicomTag.LUTDescriptor, 3, 0, 16).Add(DicomTag.LUTData, new byte[] { 7, 0, 8, 0, 9, 0 }))).Volume.Samples);

    [Fact]
    public void A_slope_of_nothing_is_refused() => Assert.Contains(
        "RescaleSlope is 0", Assert.Throws<InvalidImageException>(() => SomeSeries.Read(folder, SomeSeries.Volume(), (image, _) => image.AddOrUpdate(DicomTag.RescaleSlope, "0"))).Message);

    [Theory]
    [InlineData("1,5\\2")]
    [InlineData("1")]
    public void Text_for_geometry_is_refused_by_name(string spacing) => Assert.Contains(
        "PixelSpacing does not hold 2 decimal numbers",
        Assert.Throws<InvalidImageException>(() => SomeSeries.Read(folder, SomeSeries.Volume(), (image, _) => image.AddOrUpdate(new DicomElement(DicomTag.PixelSpacing, DicomVR.DS, System.Text.Encoding.ASCII.GetBytes(spacing))))).Message);

    [Fact]
    public void A_truncated_slice_is_named_with_what_to_do()
    {
        var files = SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(40, 40, 6)));
        var bytes = File.ReadAllBytes(files[1]);
        File.WriteAllBytes(files[1], bytes[..^1000]);

        var error = Assert.Throws<InvalidImageException>(() => DicomSeriesReader.Read([folder["a"]]));
        var scan = DicomSeriesReader.Scan([folder["a"]]);
        var tolerant = Assert.Throws<UnsupportedImageException>(() => DicomSeriesReader.Read([folder["a"]], new() { Tolerant = true }));

        Assert.Contains(Path.GetFileName(files[1]), error.Message);
        Assert.Contains("--tolerant", error.Message);
        Assert.Equal(Path.GetFileName(files[1]), Assert.Single(scan.Damaged).Name);
        Assert.False(Assert.Single(scan.Series).IsReadable);
        Assert.Contains("(1 missing)", tolerant.Message);
        Assert.Equal(6, DicomSeriesReader.Read([folder["a"]], new() { Tolerant = true, Gaps = GapHandling.Resample }).Volume.Grid.Slices);
    }

    [Fact]
    public void Scans_headers_and_counts_other_files()
    {
        SomeSeries.Files(folder, SomeSeries.Volume());
        File.WriteAllText(folder["readme.txt"], "not DICOM");

        var scan = DicomSeriesReader.Scan([folder["a"], folder["readme.txt"]]);

        var series = Assert.Single(scan.Series);
        Assert.Equal((1, 3, 3, 4, 5, "CT", true), (scan.NotDicom, series.Files.Count, series.Images, series.Rows, series.Columns, series.Modality, series.IsReadable));
    }

    [Fact]
    public void Says_so_when_there_is_no_dicom()
    {
        File.WriteAllText(folder["readme.txt"], "not DICOM");

        Assert.Contains("no DICOM file among 1", Assert.Throws<InvalidImageException>(() => DicomSeriesReader.Read([folder["readme.txt"]])).Message);
        Assert.Contains("no file or folder", Assert.Throws<InvalidImageException>(() => DicomSeriesReader.Read([folder["nowhere"]])).Message);
    }

    [Fact]
    public void A_size_beyond_the_limit_is_refused_before_memory_is_taken() =>
        Assert.Throws<ResourceLimitException>(() => SomeSeries.Read(folder, SomeSeries.Volume(), options: new() { MaximumSamples = 59 }));

    [Fact]
    public void Rows_beyond_the_pixel_data_are_refused() => Assert.Contains(
        "need 2621400", Assert.Throws<InvalidImageException>(() => SomeSeries.Read(folder, SomeSeries.Volume(), (image, _) => image.AddOrUpdate(DicomTag.Rows, 262140 / 4).AddOrUpdate(DicomTag.Columns, 20))).Message);

    [Fact]
    public void Stops_when_cancelled() => Assert.ThrowsAny<OperationCanceledException>(() =>
    {
        SomeSeries.Files(folder, SomeSeries.Volume());
        DicomSeriesReader.Read([folder["a"]], null, null, new CancellationToken(canceled: true));
    });

    [Fact]
    public void An_enhanced_image_is_ordered_by_the_position_of_its_frames()
    {
        var volume = SomeSeries.Volume(Some.Grid(slices: 4));
        SomeSeries.Enhanced(volume).SaveAs(folder["multi.dcm"]);

        var series = DicomSeriesReader.Read([folder["multi.dcm"]]);

        AssertSame(volume, series.Volume);
        Assert.True(series.IsMultiFrame);
        Assert.Single(series.Headers);
        Assert.Equal([4, 3, 2, 1], series.Planes.Select(plane => plane.Frame));
    }

    [Fact]
    public void Two_stacks_of_an_enhanced_image_are_refused_or_chosen()
    {
        SomeSeries.Enhanced(SomeSeries.Volume(Some.Grid(slices: 4)), (frame, i) => frame.GetSequence(DicomTag.FrameContentSequence).Items[0].AddOrUpdate(DicomTag.StackID, i < 2 ? "A" : "B")).SaveAs(folder["multi.dcm"]);

        Assert.Contains("1: 2 images, StackID B; 2: 2 images, StackID A", Assert.Throws<UnsupportedImageException>(() => DicomSeriesReader.Read([folder["multi.dcm"]])).Message);
        Assert.Equal(2, DicomSeriesReader.Read([folder["multi.dcm"]], new() { StackId = 2 }).Volume.Grid.Slices);
    }

    [Theory]
    [InlineData("OP", "R")]
    [InlineData("OT", null)]
    public void A_colour_picture_has_three_channels_and_no_place(string modality, string? side)
    {
        var volume = SomeSeries.Volume(Grid.OfPixels(7, 5), modality, channels: 3);
        SomeSeries.Files(folder, volume, SomeSeries.Options() with { Laterality = side });

        var series = DicomSeriesReader.Read([folder["a"]]);

        Assert.False(series.Volume.Grid.HasPatientSpace);
        Assert.Equal(3, series.Volume.Channels);
        Assert.Equal(volume.Samples, series.Volume.Samples);
        Assert.Equal(side ?? "", series.Headers[0].GetStringOrEmpty(DicomTag.ImageLaterality));
    }
}
