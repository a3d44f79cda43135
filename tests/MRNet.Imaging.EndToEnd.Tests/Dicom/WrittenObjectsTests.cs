using System.Runtime.InteropServices;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Tests.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Dicom;

/// <summary>Everything we write, judged by programs that know nothing of us: dciodvfy, the validator of the shared tools, pydicom.</summary>
[Trait("Category", "Interop")]
public sealed class WrittenObjectsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static Grid Axial => Some.Grid(16, 9, 4);

    private static readonly Dictionary<string, Func<TemporaryFolder, string>> Sources = new()
    {
        ["axial"] = folder => Made(folder, SomeSeries.Volume(Axial)),
        ["oblique, left-handed"] = folder => Made(folder, SomeSeries.Volume(Some.ObliqueGrid(13, 7, 5), "MR")),
        ["size not a multiple of 8"] = folder => Made(folder, SomeSeries.Volume(Some.Grid(23, 3, 3))),
        ["one slice"] = folder => Made(folder, SomeSeries.Volume(Some.Grid(9, 5, 1))),
        ["reversed order"] = folder => Made(folder, SomeSeries.Volume(Axial with { DirectionX = new(-1, 0, 0) })),
        ["multi-frame"] = folder =>
        {
            SomeSeries.Enhanced(SomeSeries.Volume(Some.Grid(11, 5, 4))).SaveAs(folder["multi.dcm"]);
            return folder["multi.dcm"];
        },
        ["fundus, right"] = folder => Made(folder, SomeSeries.Volume(Grid.OfPixels(13, 11), "OP", channels: 3), "R"),
        ["fundus, unknown side"] = folder => Made(folder, SomeSeries.Volume(Grid.OfPixels(13, 11), "OP", channels: 3)),
        ["lossy"] = folder =>
        {
            SomeSeries.Files(folder, SomeSeries.Volume(Axial), change: (image, _) => image
                .AddOrUpdate(MRNet.Dicom.DicomTag.LossyImageCompression, "01").AddOrUpdate(MRNet.Dicom.DicomTag.LossyImageCompressionRatio, "12.5").AddOrUpdate(MRNet.Dicom.DicomTag.LossyImageCompressionMethod, "ISO_10918_1"));
            return folder["a"];
        },
        ["shared: ct_dcmqi_3"] = _ => Shared.Data("dicom", "series", "ct_dcmqi_3"),
        ["shared: tiny_23x38x3"] = _ => Shared.Data("dicom", "series", "tiny_23x38x3"),
        ["shared: mf_23x38x3"] = _ => Shared.Data("dicom", "multiframe", "mf_23x38x3.dcm"),
        ["shared: eCT_Supplemental"] = _ => Shared.Data("dicom", "multiframe", "eCT_Supplemental.dcm"),
        ["shared: siemens_xa10"] = _ => Shared.Data("dicom", "multiframe", "siemens_xa10", "6_1.dcm"),
        ["shared: sample-op"] = _ => Shared.Data("dicom", "ophthalmic", "sample-op.dcm"),
        ["shared: ct_image"] = _ => Shared.Data("dicom", "segmentation", "source", "ct_image.dcm"),
    };

    public static TheoryData<string> Names => [.. Sources.Keys];

    /// <summary>Its decimal strings have 17 characters; they are repeated as they are, which validators mind and readers do not.</summary>
    [Fact]
    public void Overlong_numbers_of_the_source_do_no_harm()
    {
        var source = Shared.Data("dicom", "series", "mr_t1_8");
        var (_, result) = Written(source);
        File.WriteAllBytes(folder["masks.raw"], [.. result.Masks.SelectMany(mask => SomeSeries.Whole(result.Maps, mask))]);

        Assert.StartsWith("same", Tools.ReadBack(folder["out/seg.dcm"], source, folder["masks.raw"]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Come_back_voxel_for_voxel_through_pydicom(string name)
    {
        var source = Sources[name](folder);
        var (series, result) = Written(source);

        var masks = result.Masks.SelectMany(mask => SomeSeries.Whole(result.Maps, mask)).ToArray();
        File.WriteAllBytes(folder["masks.raw"], masks);
        File.WriteAllBytes(folder["map.raw"], MemoryMarshal.AsBytes<float>(SomeSeries.Whole(result.Maps, result.Maps.Uncertainty[0])).ToArray());

        Assert.Equal($"same {masks.Sum(b => b)}", Tools.ReadBack(folder["out/seg.dcm"], source, folder["masks.raw"]));
        Assert.StartsWith("same", Tools.ReadBack(folder["out/uncertainty.dcm"], source, folder["map.raw"]));
        Assert.NotEmpty(series.Planes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fractions_raters_labels_and_pictures_come_back_voxel_for_voxel_through_pydicom(string name)
    {
        var source = Sources[name](folder);
        var (series, result) = Written(source);

        var maps = result.Maps;
        File.WriteAllBytes(folder["fractions.raw"], [.. maps.Probability.SelectMany(map => SomeSeries.Whole(maps, map)).Select(p => (byte)Math.Floor(255.0 * p + 0.5))]);
        File.WriteAllBytes(folder["raters.raw"], [.. Enumerable.Range(0, 2).SelectMany(s => maps.RaterProbability.SelectMany(rater => SomeSeries.Whole(maps, rater[s]))).Select(p => (byte)(p >= 0.5f ? 1 : 0))]);
        File.WriteAllBytes(folder["map.raw"], MemoryMarshal.AsBytes<float>(SomeSeries.Whole(maps, maps.Uncertainty[0])).ToArray());
        var disjoint = SomeSeries.Result(series.Volume.Grid, overlap: false);
        var (first, second) = (SomeSeries.Whole(maps, disjoint.Masks[0]), SomeSeries.Whole(maps, disjoint.Masks[1]));
        File.WriteAllBytes(folder["labels.raw"], [.. first.Zip(second, (a, b) => (byte)(a + 2 * b))]);
        File.WriteAllBytes(folder["picture.raw"], Pictures(series, result));

        Assert.StartsWith("same", Tools.ReadBack(folder["out/fractional.dcm"], source, folder["fractions.raw"]));
        Assert.StartsWith("same", Tools.ReadBack(folder["out/raters.dcm"], source, folder["raters.raw"]));
        Assert.StartsWith("same", Tools.ReadBack(folder["out/integer.dcm"], source, folder["map.raw"]));
        Assert.StartsWith("same", Tools.ReadBack(folder["out/labels.dcm"], source, folder["labels.raw"]));
        Assert.StartsWith("same", Tools.ReadBack(folder["out/labels-rle.dcm"], source, folder["labels.raw"]));
        Assert.StartsWith("same", Tools.ReadBack(folder["out/overlay.dcm"], source, folder["picture.raw"]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_report_names_the_segments_and_their_sizes(string name)
    {
        var (series, result) = Written(Sources[name](folder));

        var text = Tools.Report(folder["out/report.dcm"], folder["out/seg.dcm"]);

        foreach (var measurement in result.Measurements.Where(measurement => measurement.Voxels > 0 || measurement.VolumeMl is not null))
            Assert.Contains(
                measurement.VolumeMl is { } volume ? $"{measurement.Label} mm3 {Rounded(volume * 1000)}" : name == "shared: sample-op" ? $"{measurement.Label} mm2" : $"{measurement.Label} {{pixels}} {Rounded(measurement.Voxels)}",
                text, StringComparison.Ordinal);
    }

    private static string Rounded(double value) => Math.Round(value, 4).ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>(slice, row, column, colour) as the overlay paints them: that they look right is for <c>UncertaintyOverlayTests</c>.</summary>
    private static byte[] Pictures(DicomSeries series, SegmentationResult result)
    {
        var (overlay, pixels) = (new MRNet.Imaging.Pictures.UncertaintyOverlay(series.Volume, result), series.Volume.Grid.PixelsPerSlice * 3);
        var all = new byte[series.Volume.Grid.Slices * pixels];
        for (var z = 0; z < series.Volume.Grid.Slices; z++)
            overlay.Paint(z, all.AsSpan(z * pixels, pixels));
        return all;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Have_no_error_for_dciodvfy(string name)
    {
        Written(Sources[name](folder));

        AssertNone(Directory.GetFiles(folder["out"]).SelectMany(file => Tools.Errors(file).Select(line => $"{Path.GetFileName(file)}: {line}")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Pass_the_validator_with_the_rules_of_viewers(string name)
    {
        var source = Sources[name](folder);
        Written(source);

        Tools.Validate(folder["out"], source);
    }

    [Fact]
    public void Options_and_resampled_sources_have_no_error_for_dciodvfy()
    {
        Directory.CreateDirectory(folder["out"]);
        var options = SomeSeries.Options(2);
        var picture = DicomSeriesReader.Read([Sources["fundus, right"](folder)]);
        SegmentationWriter.Write(picture, SomeSeries.Result(picture.Volume.Grid), options with { UnitPlane = false }).SaveAs(folder["out/no-plane.dcm"]);

        var files = SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(9, 7, 6)), name: "gap");
        File.Delete(files[2]);
        var series = DicomSeriesReader.Read([folder["gap"]], new() { Gaps = GapHandling.Resample });
        var result = SomeSeries.Result(series.Volume.Grid, users: true);
        SegmentationWriter.Write(series, result, options with { KeepEmptyFrames = true }).SaveAs(folder["out/gap.dcm"]);
        ParametricMapWriter.Probability(series, result, 0, options).SaveAs(folder["out/gap-map.dcm"]);

        AssertNone(Directory.GetFiles(folder["out"]).SelectMany(file => Tools.Errors(file).Select(line => $"{Path.GetFileName(file)}: {line}")));
    }

    [Theory]
    [InlineData("CT", 1, null)]
    [InlineData("MR", 1, null)]
    [InlineData("OP", 3, "L")]
    [InlineData("OP", 1, "R")]
    [InlineData("XC", 3, null)]
    public void Images_have_no_error_for_dciodvfy(string modality, int channels, string? side)
    {
        var grid = modality is "CT" or "MR" ? Some.ObliqueGrid(9, 7, 3) : Grid.OfPixels(9, 7);
        var volume = SomeSeries.Volume(grid, modality, channels);
        var files = DicomImageWriter.WriteFolder(volume, folder["images"], SomeSeries.Identity(), SomeSeries.Options() with { Laterality = side });

        Assert.Equal(grid.Slices, files.Count);
        AssertNone(files.SelectMany(Tools.Errors));
    }

    private static void AssertNone(IEnumerable<string> errors) => Assert.True(!errors.Any(), string.Join('\n', errors));

    private (DicomSeries, SegmentationResult) Written(string source)
    {
        var series = DicomSeriesReader.Read([source]);
        var result = SomeSeries.Result(series.Volume.Grid);
        Directory.CreateDirectory(folder["out"]);
        var options = SomeSeries.Options(2);
        SegmentationWriter.Write(series, result, options).SaveAs(folder["out/seg.dcm"]);
        ParametricMapWriter.Uncertainty(series, result, 0, options).SaveAs(folder["out/uncertainty.dcm"]);
        ParametricMapWriter.Probability(series, result, 1, options).SaveAs(folder["out/probability.dcm"]);
        SegmentationWriter.Write(series, SomeSeries.Result(series.Volume.Grid, empty: true), options).SaveAs(folder["out/empty.dcm"]);
        SegmentationWriter.Probability(series, result, options with { Compress = true }).SaveAs(folder["out/fractional.dcm"]);
        SegmentationWriter.Raters(series, result, options).SaveAs(folder["out/raters.dcm"]);
        ParametricMapWriter.Uncertainty(series, result, 0, options with { IntegerMaps = true }).SaveAs(folder["out/integer.dcm"]);
        var disjoint = SomeSeries.Result(series.Volume.Grid, overlap: false);
        SegmentationWriter.Write(series, disjoint, options with { LabelMap = true }).SaveAs(folder["out/labels.dcm"]);
        SegmentationWriter.Write(series, disjoint, options with { LabelMap = true, Compress = true, KeepEmptyFrames = true }).SaveAs(folder["out/labels-rle.dcm"]);
        MeasurementReportWriter.Write(series, result, MRNet.Dicom.DicomFile.Open(folder["out/seg.dcm"]).Dataset, options).SaveAs(folder["out/report.dcm"]);
        OverlayWriter.Write(series, result, options).SaveAs(folder["out/overlay.dcm"]);
        return (series, result);
    }

    private static string Made(TemporaryFolder folder, Volume volume, string? side = null)
    {
        SomeSeries.Files(folder, volume, SomeSeries.Options(11) with { Laterality = side });
        return folder["a"];
    }
}
