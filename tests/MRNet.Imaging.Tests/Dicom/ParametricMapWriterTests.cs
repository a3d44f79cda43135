using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Tests.Dicom;

public sealed class ParametricMapWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Uncertainty()
    {
        var source = SomeSeries.Read(folder, SomeSeries.Volume());

        Golden.Verify(ParametricMapWriter.Uncertainty(source, SomeSeries.Result(source.Volume.Grid), 1, SomeSeries.Options()).Dump(new(MaximumWidth: 200)));
    }

    [Fact]
    public void Every_slice_is_there_and_every_value()
    {
        var source = SomeSeries.Read(folder, SomeSeries.Volume(Some.ObliqueGrid(7, 5, 4)));
        var result = SomeSeries.Result(source.Volume.Grid);
        result.Maps.Probability[0][0] = float.NaN;

        ParametricMapWriter.Probability(source, result, 0, SomeSeries.Options()).SaveAs(folder["map.dcm"]);

        var dataset = DicomFile.Open(folder["map.dcm"]).Dataset;
        var pixels = DicomPixelData.Create(dataset);
        var slice = new float[source.Volume.Grid.PixelsPerSlice];
        var expected = SomeSeries.Whole(result.Maps, result.Maps.Probability[0]);
        for (var z = 0; z < 4; z++)
        {
            pixels.CopyStoredValues(z, slice);
            Assert.Equal(expected[(z * slice.Length)..((z + 1) * slice.Length)].Select(value => float.IsNaN(value) ? 0 : value), slice);
        }

        Assert.Equal("402", dataset.GetString(DicomTag.SeriesNumber));
        Assert.False(dataset.Contains(DicomTag.BitsStored));
    }

    [Fact]
    public void Integers_are_values_in_65535_steps_with_the_mapping_that_gives_them_back()
    {
        var source = SomeSeries.Read(folder, SomeSeries.Volume());
        var result = SomeSeries.Result(source.Volume.Grid);
        (result.Maps.Probability[0][0], result.Maps.Probability[0][1], result.Maps.Probability[0][2]) = (1, 0, float.NaN);

        var dataset = ParametricMapWriter.Probability(source, result, 0, SomeSeries.Options() with { IntegerMaps = true });

        var slice = new float[source.Volume.Grid.PixelsPerSlice];
        DicomPixelData.Create(dataset).CopyStoredValues(0, slice);
        var expected = SomeSeries.Whole(result.Maps, result.Maps.Probability[0]).Take(slice.Length).Select(value => float.IsNaN(value) ? 0 : (float)Math.Floor(value * 65535.0 + 0.5));
        var mapping = dataset.GetSequence(DicomTag.SharedFunctionalGroupsSequence).Items[0].GetSequence(DicomTag.RealWorldValueMappingSequence).Items[0];
        Assert.Equal(expected, slice);
        Assert.Equal((1.0 / 65535, 65535), (mapping.GetSingleValue<double>(DicomTag.RealWorldValueSlope), mapping.GetSingleValue<int>(DicomTag.RealWorldValueLastValueMapped)));
        Assert.False(dataset.Contains(DicomTag.FloatPixelData));
    }

    [Fact]
    public void A_photograph_gets_a_space_of_its_own()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(Grid.OfPixels(7, 5), "XC", channels: 3));
        var source = DicomSeriesReader.Read([folder["a"]]);

        var dataset = ParametricMapWriter.Uncertainty(source, SomeSeries.Result(source.Volume.Grid), 0, SomeSeries.Options());

        Assert.NotEmpty(dataset.GetString(DicomTag.FrameOfReferenceUID));
        Assert.EndsWith("(synthetic plane)", dataset.GetString(DicomTag.ContentDescription));
    }

    [Fact]
    public void Maps_of_a_resampled_series_lie_on_the_even_grid()
    {
        var grid = Some.Grid(slices: 6);
        File.Delete(SomeSeries.Files(folder, SomeSeries.Volume(grid))[3]);
        var source = DicomSeriesReader.Read([folder["a"]], new() { Gaps = GapHandling.Resample });

        var dataset = ParametricMapWriter.Uncertainty(source, SomeSeries.Result(grid), 0, SomeSeries.Options());

        Assert.Equal(6, dataset.GetSingleValue<int>(DicomTag.NumberOfFrames));
    }
}
