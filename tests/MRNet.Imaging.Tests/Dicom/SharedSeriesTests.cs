using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Tests.Dicom;

/// <summary>Series of real scanners: each is read, or refused with the reason.</summary>
public class SharedSeriesTests
{
    private static DicomSeries Read(string path, SeriesReadOptions? options = null) => DicomSeriesReader.Read([Shared.Data("dicom", path)], options);

    private static UnsupportedImageException Refused(string path) => Assert.Throws<UnsupportedImageException>(() => Read(path));

    [Fact]
    public void Siemens_ct_lies_on_the_grid_of_its_nifti_label_map()
    {
        var volume = Read("series/ct_siemens_j2k_20").Volume;

        // nibabel: shape and affine of totalseg_example_seg_dicom.nii.gz, RAS, rows from the back.
        Assert.Equal((512, 512, 20), (volume.Grid.Columns, volume.Grid.Rows, volume.Grid.Slices));
        Assert.Equal(new Vector3(0.9765625, 0.9765625, 2), volume.Grid.SpacingMm);
        Assert.Equal(new Vector3(-249.51171875, -437.51171875, -804.5), volume.Grid.OriginLps);
        Assert.Equal(new Vector3(-249.51171875, 61.51171875, -804.5), volume.Grid.ToPatient(0, 511, 0));
        Assert.Equal(new Vector3(0, 0, 1), volume.Grid.DirectionZ);
        Assert.Equal(-1024, volume.Samples.Min());
    }

    [Theory]
    [InlineData("series/ct_dcmqi_3", 512, 512, 3, 0.810547, 1)]
    [InlineData("series/mr_t1_8", 274, 384, 8, 0.699988, 0.666667)]
    [InlineData("series/tiny_23x38x3", 23, 38, 3, 0.7, 2.5)]
    [InlineData("series/tiny_24x38x3", 24, 38, 3, 0.7, 2.5)]
    [InlineData("multiframe/mf_23x38x3.dcm", 23, 38, 3, 0.7, 2.5)]
    [InlineData("multiframe/eCT_Supplemental.dcm", 512, 512, 2, 0.388672, 10)]
    [InlineData("multiframe/siemens_xa10/6_1.dcm", 64, 64, 6, 3.375, 2.4)]
    [InlineData("series/decimal_rescale.dcm", 128, 96, 1, 1.125, 5)]
    public void Is_read(string path, int columns, int rows, int slices, double spacingX, double spacingZ)
    {
        var grid = Read(path).Volume.Grid;

        Assert.Equal((columns, rows, slices), (grid.Columns, grid.Rows, grid.Slices));
        Assert.Equal(spacingX, grid.SpacingMm.X, 1e-5);
        Assert.Equal(spacingZ, grid.SpacingMm.Z, 1e-4);
    }

    [Fact]
    public void Circle_padding_is_no_air()
    {
        var series = Read("series/ct_dcmqi_3");

        Assert.NotNull(series.Padding);
        Assert.True(series.Volume.Samples.Min() > -2000);
    }

    [Fact]
    public void Decimal_rescale()
    {
        var volume = Read("series/decimal_rescale.dcm").Volume;

        Assert.Equal(-4096, volume.Samples.Min());
        Assert.All(volume.Samples, value => Assert.Equal(0, value % 2));
    }

    [Fact]
    public void Gantry_tilt_is_refused_with_both_reasons()
    {
        var message = Refused("series/ct_ge_gantry_tilt").Message;

        Assert.Contains("tilted by 18.5 degrees", message);
        Assert.Contains("steps differ from the usual", message);
    }

    [Fact]
    public void Mosaic_is_refused() => Assert.Contains("mosaic", Refused("series/mr_siemens_mosaic").Message);

    [Fact]
    public void Frames_without_place_are_refused() => Assert.Contains("10 frames without plane position", Refused("multiframe/emri_small.dcm").Message);

    [Fact]
    public void Two_contrasts_are_refused_or_chosen()
    {
        var message = Refused("multiframe/IM_0027_fMAP.dcm").Message;
        var map = Read("multiframe/IM_0027_fMAP.dcm", new() { StackId = 2 });

        Assert.Contains("type T1 M", message);
        Assert.Contains("type T1 FIELD_MAP", message);
        Assert.Equal(32, map.Volume.Grid.Slices);
    }

    [Fact]
    public void Four_time_points_are_refused_or_chosen()
    {
        Assert.Contains("phase 3", Refused("multiframe/siemens_xa10").Message);
        Assert.Equal(6, Read("multiframe/siemens_xa10", new() { StackId = 3 }).Volume.Grid.Slices);
    }

    [Fact]
    public void Ophthalmic_photograph_has_pixels_only()
    {
        var series = Read("ophthalmic/sample-op.dcm");

        Assert.False(series.Volume.Grid.HasPatientSpace);
        Assert.Equal((1536, 1536, 1, 1, "OP"), (series.Volume.Grid.Columns, series.Volume.Grid.Rows, series.Volume.Grid.Slices, series.Volume.Channels, series.Volume.Modality));
    }

    [Theory]
    [InlineData("JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51", true)]
    [InlineData("JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90", false)]
    [InlineData("DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99", false)]
    public void Loss_is_remembered(string syntax, bool isLossy) =>
        Assert.Equal(isLossy, Read($"transfer_syntax_same_ct/CTImage.dcm_{syntax}.dcm").IsLossy);

    [Fact]
    public void A_syntax_that_is_not_decoded_is_unsupported_not_invalid() =>
        Assert.Contains("1.2.840.10008.1.2.4.53", Refused("transfer_syntax_same_ct/CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm").Message);

    [Fact]
    public void Every_folder_of_series_is_listed_with_its_reason()
    {
        var scan = DicomSeriesReader.Scan([Shared.Data("dicom", "series")]);

        Assert.Empty(scan.Damaged);
        Assert.Equal(8, scan.Series.Count);
        Assert.Equal(["mosaic", "tilted"], scan.Series.Where(series => !series.IsReadable).Select(series => series.Reason!.Contains("mosaic") ? "mosaic" : series.Reason.Contains("tilted") ? "tilted" : series.Reason).Order());
    }

    [Fact]
    public void Nothing_but_our_own_errors_leaves_the_reader_whatever_the_file()
    {
        foreach (var file in Directory.EnumerateFiles(Shared.Data("dicom"), "*", SearchOption.AllDirectories))
        {
            foreach (var tolerant in new[] { false, true })
            {
                try
                {
                    DicomSeriesReader.Scan([file], new() { Tolerant = tolerant });
                    DicomSeriesReader.Read([file], new() { Tolerant = tolerant });
                }
                catch (ImagingException error)
                {
                    Assert.NotEmpty(error.Message);
                }
            }
        }
    }
}
