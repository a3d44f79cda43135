using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Tests.Dicom;

public sealed class MeasurementReportWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Volumes() => Golden.Verify(Report(SomeSeries.Volume(Some.Grid(7, 5, 3))).Dump(new(MaximumWidth: 200)));

    [Fact]
    public void Cup_and_disc_of_a_photograph() => Golden.Verify(Report(SomeSeries.Volume(Grid.OfPixels(7, 5), "OP", channels: 3), "R").Dump(new(MaximumWidth: 200)));

    [Fact]
    public void A_preview_has_no_range() => Assert.Single(Numbers(Groups(Report(SomeSeries.Volume(Some.Grid(7, 5, 3)), change: result => result with
    {
        Measurements = [.. result.Measurements.Select(measurement => measurement with { RaterVolumesMl = [] })],
    }))[0]));

    [Fact]
    public void What_was_not_found_has_no_volume_and_no_source_image_but_the_series()
    {
        var group = Groups(Report(SomeSeries.Volume(Some.Grid(7, 5, 3)), empty: true))[1];

        Assert.Equal("0", Numbers(group)[0].GetSequence(DicomTag.MeasuredValueSequence).Items[0].GetString(DicomTag.NumericValue));
        Assert.Contains(Children(group), child => Name(child) == "121232");
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1234.56789, "1234.5679")]
    [InlineData(0.00001234, "1.234000E-005")]
    [InlineData(123456789012345678, "1.234568E+017")]
    public void Numbers_fit_a_decimal_string(double value, string text)
    {
        var group = Groups(Report(SomeSeries.Volume(Some.Grid(7, 5, 3)), change: result => result with
        {
            Measurements = [.. result.Measurements.Select(measurement => measurement with { RaterVolumesMl = [value / 1000] })],
        }))[0];

        Assert.Equal(text, Numbers(group)[1].GetSequence(DicomTag.MeasuredValueSequence).Items[0].GetString(DicomTag.NumericValue));
    }

    private DicomDataset Report(Volume volume, string? side = null, bool empty = false, Func<SegmentationResult, SegmentationResult>? change = null)
    {
        SomeSeries.Files(folder, volume, SomeSeries.Options(11) with { Laterality = side });
        var source = DicomSeriesReader.Read([folder["a"]]);
        var result = SomeSeries.Result(source.Volume.Grid, empty: empty);
        result = change?.Invoke(result) ?? result;
        var options = SomeSeries.Options();
        return MeasurementReportWriter.Write(source, result, SegmentationWriter.Write(source, result, options), options);
    }

    private static IList<DicomDataset> Children(DicomDataset item) => item.GetSequence(DicomTag.ContentSequence).Items;

    private static string Name(DicomDataset item) => item.GetSequence(DicomTag.ConceptNameCodeSequence).Items[0].GetString(DicomTag.CodeValue);

    private static IList<DicomDataset> Groups(DicomDataset report) => Children(Children(report)[^1]);

    private static DicomDataset[] Numbers(DicomDataset group) => [.. Children(group).Where(child => child.GetString(DicomTag.ValueType) == "NUM")];
}
