using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Tests.Dicom;

public sealed class SegmentationWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Two_segments() => Golden.Verify(Written(Some.Grid(7, 5, 3)).Dump(new(MaximumWidth: 200)));

    [Fact]
    public void Nothing_found() => Golden.Verify(Written(Some.Grid(7, 5, 3), empty: true).Dump(new(MaximumWidth: 200)));

    [Fact]
    public void Photograph()
    {
        var source = Picture(SomeSeries.Volume(Grid.OfPixels(7, 5), "OP", channels: 3), "R");

        Golden.Verify(SegmentationWriter.Write(source, SomeSeries.Result(source.Volume.Grid), SomeSeries.Options()).Dump(new(MaximumWidth: 200)));
    }

    [Theory]
    [InlineData(7, 5, 4)]
    [InlineData(23, 3, 3)]
    [InlineData(8, 8, 2)]
    [InlineData(5, 4, 1)]
    public void Masks_come_back_voxel_for_voxel(int columns, int rows, int slices)
    {
        var grid = Some.Grid(columns, rows, slices);
        var source = SomeSeries.Read(folder, SomeSeries.Volume(grid));
        var result = SomeSeries.Result(grid);

        var dataset = SegmentationWriter.Write(source, result, SomeSeries.Options());

        AssertMasks(source, result, dataset);
    }

    [Fact]
    public void A_multi_frame_source_is_referred_to_by_frame()
    {
        var grid = Some.Grid(slices: 4);
        SomeSeries.Enhanced(SomeSeries.Volume(grid)).SaveAs(folder["multi.dcm"]);
        var source = DicomSeriesReader.Read([folder["multi.dcm"]]);
        var result = SomeSeries.Result(grid);

        var dataset = SegmentationWriter.Write(source, result, SomeSeries.Options());

        AssertMasks(source, result, dataset);
        Assert.Equal([3, 2, 1, 1], Frames(dataset).Select(frame => Source(frame).GetSingleValue<int>(DicomTag.ReferencedFrameNumber)));
    }

    [Fact]
    public void Only_frames_with_voxels_are_written_and_ranked()
    {
        var dataset = Written(Some.Grid(7, 5, 4));

        Assert.Equal(["1\\1", "1\\2", "1\\3", "2\\3"], Frames(dataset).Select(frame => frame.GetSequence(DicomTag.FrameContentSequence).Items[0].GetString(DicomTag.DimensionIndexValues)));
        Assert.Equal(3, dataset.GetSequence(DicomTag.ReferencedSeriesSequence).Items[0].GetSequence(DicomTag.ReferencedInstanceSequence).Items.Count);
        Assert.Equal("YES", dataset.GetString(DicomTag.SegmentsOverlap));
    }

    [Fact]
    public void Empty_frames_are_kept_on_request()
    {
        var grid = Some.Grid(7, 5, 4);
        var source = SomeSeries.Read(folder, SomeSeries.Volume(grid));

        var dataset = SegmentationWriter.Write(source, SomeSeries.Result(grid, empty: true), SomeSeries.Options() with { KeepEmptyFrames = true });

        Assert.Equal(8, dataset.GetSingleValue<int>(DicomTag.NumberOfFrames));
    }

    [Fact]
    public void Disjoint_structures_do_not_overlap() => Assert.Equal("NO", Written(Some.Grid(7, 5, 3), overlap: false).GetString(DicomTag.SegmentsOverlap));

    [Fact]
    public void Weights_of_the_user_make_it_semiautomatic()
    {
        var segment = Written(Some.Grid(7, 5, 3), users: true).GetSequence(DicomTag.SegmentSequence).Items[0];

        Assert.Equal("SEMIAUTOMATIC", segment.GetString(DicomTag.SegmentAlgorithmType));
        Assert.Equal("3 raters, weights 0.5 0.25 0.25", segment.GetString(DicomTag.SegmentDescription));
        Assert.Equal(
            SomeSeries.Provenance(users: true).Parameters,
            segment.GetSequence(DicomTag.SegmentationAlgorithmIdentificationSequence).Items[0].GetString(DicomTag.AlgorithmParameters));
    }

    [Fact]
    public void Geometry_text_is_the_sources_to_the_byte()
    {
        var text = new Dictionary<string, string>();
        var volume = SomeSeries.Volume(Some.ObliqueGrid());
        var source = SomeSeries.Read(folder, volume, (image, _) =>
        {
            var x = image.GetString(DicomTag.ImagePositionPatient).Split('\\');
            image.AddOrUpdate(new DicomElement(DicomTag.ImagePositionPatient, DicomVR.DS, System.Text.Encoding.ASCII.GetBytes($" {x[0]}\\{x[1]} \\{x[2]}  ")));
            text[image.GetString(DicomTag.SOPInstanceUID)] = image.GetString(DicomTag.ImagePositionPatient);
        });

        var dataset = SegmentationWriter.Write(source, SomeSeries.Result(source.Volume.Grid), SomeSeries.Options());

        Assert.All(Frames(dataset), frame => Assert.Equal(
            text[Source(frame).GetString(DicomTag.ReferencedSOPInstanceUID)],
            frame.GetSequence(DicomTag.PlanePositionSequence).Items[0].GetString(DicomTag.ImagePositionPatient)));
    }

    [Fact]
    public void Names_of_other_alphabets_survive()
    {
        var source = SomeSeries.Read(folder, SomeSeries.Volume(), (image, _) => image.AddOrUpdate(DicomTag.PatientName, "Wang^XiaoDong=王^小東"));

        SegmentationWriter.Write(source, SomeSeries.Result(source.Volume.Grid), SomeSeries.Options()).SaveAs(folder["seg.dcm"]);

        Assert.Equal("Wang^XiaoDong=王^小東", DicomFile.Open(folder["seg.dcm"]).Dataset.GetString(DicomTag.PatientName));
    }

    [Fact]
    public void A_source_without_study_is_refused_by_name() => Assert.Contains("no StudyInstanceUID", Assert.Throws<InvalidImageException>(() =>
    {
        var source = SomeSeries.Read(folder, SomeSeries.Volume(), (image, _) => image.Remove(DicomTag.StudyInstanceUID));
        SegmentationWriter.Write(source, SomeSeries.Result(source.Volume.Grid), SomeSeries.Options());
    }).Message);

    [Fact]
    public void A_malformed_uid_of_the_source_is_repeated_as_it_is()
    {
        var source = SomeSeries.Read(folder, SomeSeries.Volume(), (image, i) => image.AddOrUpdate(new DicomElement(DicomTag.SOPInstanceUID, DicomVR.UI, System.Text.Encoding.ASCII.GetBytes($"1.2.03.{i}"))));

        var dataset = SegmentationWriter.Write(source, SomeSeries.Result(source.Volume.Grid), SomeSeries.Options());

        Assert.Equal("1.2.03.1", Source(Frames(dataset)[0]).GetString(DicomTag.ReferencedSOPInstanceUID));
    }

    [Fact]
    public void The_same_twice_is_the_same_file()
    {
        Written(Some.Grid()).SaveAs(folder["1.dcm"]);
        Directory.Delete(folder["a"], recursive: true);
        Written(Some.Grid()).SaveAs(folder["2.dcm"]);

        Assert.Equal(File.ReadAllBytes(folder["1.dcm"]), File.ReadAllBytes(folder["2.dcm"]));
    }

    [Fact]
    public void A_gap_that_was_resampled_still_gets_its_mask_on_the_true_planes()
    {
        var grid = Some.Grid(slices: 6);
        File.Delete(SomeSeries.Files(folder, SomeSeries.Volume(grid))[3]);
        var source = DicomSeriesReader.Read([folder["a"]], new() { Gaps = GapHandling.Resample });
        var result = SomeSeries.Result(grid);

        var dataset = SegmentationWriter.Write(source, result, SomeSeries.Options());

        AssertMasks(source, result, dataset);
        Assert.Equal(5, dataset.GetSingleValue<int>(DicomTag.NumberOfFrames)); // 4 planes of the first with voxels, 1 of the second
    }

    [Fact]
    public void A_label_map_describes_the_background_and_runs_from_the_first_to_the_last_slice()
    {
        var grid = Some.Grid(7, 5, 4);
        var source = SomeSeries.Read(folder, SomeSeries.Volume(grid));
        var result = SomeSeries.Result(grid, overlap: false);

        var dataset = SegmentationWriter.Write(source, result, SomeSeries.Options() with { LabelMap = true });

        Assert.Equal([0, 1, 2], dataset.GetSequence(DicomTag.SegmentSequence).Items.Select(segment => segment.GetSingleValue<int>(DicomTag.SegmentNumber)));
        Assert.Equal(0, dataset.GetSingleValue<int>(DicomTag.PixelPaddingValue));
        Assert.Equal("3D", dataset.GetString(DicomTag.DimensionOrganizationType));
        var (first, second) = (SomeSeries.Whole(result.Maps, result.Masks[0]), SomeSeries.Whole(result.Maps, result.Masks[1]));
        Assert.Equal(first.Zip(second, (a, b) => (byte)(a + 2 * b)).Skip(grid.PixelsPerSlice), All(dataset)); // the first slice is empty
    }

    [Fact]
    public void A_label_map_of_structures_that_overlap_is_refused()
    {
        var source = SomeSeries.Read(folder, SomeSeries.Volume());

        var error = Assert.Throws<UnsupportedImageException>(() => SegmentationWriter.Write(source, SomeSeries.Result(source.Volume.Grid), SomeSeries.Options() with { LabelMap = true }));

        Assert.Contains("Optic disc, Optic cup", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_map_of_more_than_255_structures_has_16_bits()
    {
        var grid = Some.Grid(3, 300, 1);
        var source = SomeSeries.Read(folder, SomeSeries.Volume(grid));
        var some = SomeSeries.Result(grid);
        var maps = new RaterMaps(grid, grid.Whole, [.. Enumerable.Range(0, 300).Select(i => $"S{i}")], []);
        var masks = Enumerable.Range(0, 300).Select(i => new byte[900]).ToArray();
        for (var i = 0; i < 300; i++)
            masks[i][i * 3 + 1] = 1;

        var dataset = SegmentationWriter.Write(source, some with { Maps = maps, Masks = masks, Structures = [.. maps.Structures.Select(label => SomeSeries.Structure(label, 0))] }, SomeSeries.Options() with { LabelMap = true });

        var values = new float[900];
        DicomPixelData.Create(dataset).CopyStoredValues(0, values);
        Assert.Equal((16, 0f, 1f, 300f), (dataset.GetSingleValue<int>(DicomTag.BitsAllocated), values[0], values[1], values[299 * 3 + 1]));
    }

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(1f, 255)]
    [InlineData(0.5f, 128)] // 127.5, half up
    [InlineData(0.0019f, 0)]
    [InlineData(0.00197f, 1)]
    [InlineData(float.NaN, 0)]
    public void A_probability_is_stored_in_255_steps(float probability, byte stored)
    {
        var grid = Some.Grid(7, 5, 1);
        var result = SomeSeries.Result(grid);
        result.Maps.Probability[0].AsSpan().Fill(probability);

        var dataset = SegmentationWriter.Probability(SomeSeries.Read(folder, SomeSeries.Volume(grid)), result, SomeSeries.Options() with { KeepEmptyFrames = true });

        Assert.Equal(stored, DicomPixelData.Create(dataset).GetFrame(0).Span[result.Maps.Box.Y * grid.Columns + result.Maps.Box.X]);
    }

    [Fact]
    public void Probability_in_rle_is_the_same_probability()
    {
        var grid = Some.Grid(23, 9, 3);
        var (source, result) = (SomeSeries.Read(folder, SomeSeries.Volume(grid)), SomeSeries.Result(grid));

        SegmentationWriter.Probability(source, result, SomeSeries.Options() with { Compress = true }).SaveAs(folder["rle.dcm"]);

        var packed = DicomFile.Open(folder["rle.dcm"]).Dataset;
        Assert.Equal(DicomTransferSyntax.RLELossless, packed.InternalTransferSyntax);
        Assert.Equal("FRACTIONAL", packed.GetString(DicomTag.SegmentationType));
        Assert.Equal(All(SegmentationWriter.Probability(source, result, SomeSeries.Options())), All(packed));
    }

    [Fact]
    public void Each_rater_has_a_segment_for_each_structure()
    {
        var grid = Some.Grid(7, 5, 3);
        var (source, result) = (SomeSeries.Read(folder, SomeSeries.Volume(grid)), SomeSeries.Result(grid));

        var dataset = SegmentationWriter.Raters(source, result, SomeSeries.Options());

        Assert.Equal(
            ["Optic disc, R1", "Optic disc, R2", "Optic disc, R3", "Optic cup, R1", "Optic cup, R2", "Optic cup, R3"],
            dataset.GetSequence(DicomTag.SegmentSequence).Items.Select(segment => segment.GetString(DicomTag.SegmentLabel)));
        Assert.Equal([1, 1, 2, 2, 5, 6], Frames(dataset).Select(frame => frame.GetSequence(DicomTag.SegmentIdentificationSequence).Items[0].GetSingleValue<int>(DicomTag.ReferencedSegmentNumber)));
        Assert.Equal("YES", dataset.GetString(DicomTag.SegmentsOverlap));
    }

    private static byte[] All(DicomDataset dataset)
    {
        var pixels = DicomPixelData.Create(dataset);
        return [.. Enumerable.Range(0, pixels.NumberOfFrames).SelectMany(i => pixels.GetFrame(i).ToArray())];
    }

    private DicomDataset Written(Grid grid, bool overlap = true, bool empty = false, bool users = false) => SegmentationWriter.Write(
        SomeSeries.Read(folder, SomeSeries.Volume(grid)), SomeSeries.Result(grid, overlap, empty, users), SomeSeries.Options());

    private DicomSeries Picture(Volume volume, string? side)
    {
        SomeSeries.Files(folder, volume, SomeSeries.Options(11) with { Laterality = side });
        return DicomSeriesReader.Read([folder["a"]]);
    }

    private static IList<DicomDataset> Frames(DicomDataset dataset) => dataset.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence).Items;

    private static DicomDataset Source(DicomDataset frame) =>
        frame.GetSequence(DicomTag.DerivationImageSequence).Items[0].GetSequence(DicomTag.SourceImageSequence).Items[0];

    /// <summary>Every frame holds the mask of the slice whose position it states; what has no frame is empty.</summary>
    private static void AssertMasks(DicomSeries source, SegmentationResult result, DicomDataset dataset)
    {
        var grid = source.Volume.Grid;
        var pixels = DicomPixelData.Create(dataset);
        var got = result.Structures.Select(_ => new byte[grid.Count]).ToArray();
        for (var i = 0; i < pixels.NumberOfFrames; i++)
        {
            var frame = Frames(dataset)[i];
            var position = frame.GetSequence(DicomTag.PlanePositionSequence).Items[0].GetValues<double>(DicomTag.ImagePositionPatient);
            var z = (int)Math.Round(grid.ToVoxel(new(position[0], position[1], position[2])).Z);
            var segment = frame.GetSequence(DicomTag.SegmentIdentificationSequence).Items[0].GetSingleValue<int>(DicomTag.ReferencedSegmentNumber);
            pixels.GetFrame(i).Span.CopyTo(got[segment - 1].AsSpan(z * grid.PixelsPerSlice));
        }

        var planes = source.Planes.Select(plane => plane.Slice).ToHashSet();
        for (var s = 0; s < got.Length; s++)
        {
            var expected = SomeSeries.Whole(result.Maps, result.Masks[s]);
            for (var z = 0; z < grid.Slices; z++)
                if (planes.Contains(z))
                    Assert.True(expected.AsSpan(z * grid.PixelsPerSlice, grid.PixelsPerSlice).SequenceEqual(got[s].AsSpan(z * grid.PixelsPerSlice, grid.PixelsPerSlice)));
        }
    }
}
