using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>Puts what was read together: volume, planes, headers.</summary>
internal static class SeriesAssembly
{
    public static DicomSeries Of(SliceOrder order, VoxelReader voxels, List<string> notes)
    {
        var first = order.Frames[0];
        var (grid, positions) = (order.Grid, order.PositionsMm);
        var isLossy = order.Frames.Any(frame => IsLossy(frame.Dataset));
        if (isLossy)
            notes.Add("The source was compressed with loss.");
        if (voxels.IsInverted)
            notes.Add("MONOCHROME1: values are inverted, so that high is bright.");
        if (voxels.Channels == 3 && first.Dataset.Contains(DicomTag.ICCProfile))
            notes.Add("The ICC profile is ignored.");
        if (order.Frames.Any(frame => frame.Dataset.Any(item => item.Tag.Group is >= 0x6000 and <= 0x60FF)))
            notes.Add("Overlays (graphics drawn over the image) are ignored.");

        var ratio = Ratio(first.Dataset);
        var planes = order.Frames.Select((frame, i) => Plane(frame, positions[i], order)).ToArray();
        var samples = order.HasGaps
            ? PlaneResampling.Linear(voxels.Samples, voxels.Channels, grid.PixelsPerSlice, positions, grid.Slices, grid.SpacingMm.Z)
            : voxels.Samples;
        var padding = order.HasGaps && voxels.Padding is { } mask
            ? PlaneResampling.Nearest(mask, grid.PixelsPerSlice, positions, grid.Slices, grid.SpacingMm.Z)
            : voxels.Padding;

        return new()
        {
            Volume = new(grid, samples, voxels.Channels)
            {
                Modality = first.File.Modality,
                Sources = [.. Enumerable.Range(0, grid.Slices).Select(z => order.Frames[order.HasGaps ? PlaneResampling.NearestPlane(positions, positions[0] + z * grid.SpacingMm.Z) : z].Source)],
                Notes = notes,
            },
            Planes = planes,
            Headers = [.. order.Frames.Select(frame => frame.Dataset).Distinct(ReferenceEqualityComparer.Instance).Cast<DicomDataset>().Select(WithoutPixels)],
            SeriesInstanceUid = first.File.SeriesUid,
            IsLossy = isLossy,
            IsMultiFrame = first.IsMultiFrame,
            IsResampled = order.HasGaps,
            Padding = padding,
            CompressionRatio = ratio,
        };
    }

    private static SourcePlane Plane(ImageFrame frame, double position, SliceOrder order) => new()
    {
        SopClassUid = frame.File.SopClassUid,
        SopInstanceUid = frame.File.SopInstanceUid,
        Frame = frame.Source.Frame,
        PositionMm = position,
        Slice = order.Grid.Slices == 1 ? 0 : (int)Math.Round((position - order.PositionsMm[0]) / order.Grid.SpacingMm.Z),
        Position = frame.Element(DicomTag.PlanePositionSequence, DicomTag.ImagePositionPatient),
        Orientation = frame.Element(DicomTag.PlaneOrientationSequence, DicomTag.ImageOrientationPatient),
        PixelSpacing = frame.Element(DicomTag.PixelMeasuresSequence, DicomTag.PixelSpacing),
        SliceThickness = frame.Element(DicomTag.PixelMeasuresSequence, DicomTag.SliceThickness),
    };

    private static double Ratio(DicomDataset dataset)
    {
        if (!dataset.TryGetItem<DicomFragmentSequence>(DicomTag.PixelData, out var fragments))
            return 0;
        var pixels = DicomPixelData.Create(dataset);
        var raw = (double)pixels.Width * pixels.Height * pixels.SamplesPerPixel * pixels.NumberOfFrames * pixels.BitsAllocated / 8;
        return raw / Math.Max(1, fragments.Fragments.Sum(fragment => (long)fragment.Length));
    }

    private static DicomDataset WithoutPixels(DicomDataset dataset)
    {
        dataset.Remove(DicomTag.PixelData, DicomTag.FloatPixelData, DicomTag.DoubleFloatPixelData);
        return dataset;
    }

    /// <summary>What the header says; where it says nothing, what the transfer syntax allows.</summary>
    private static bool IsLossy(DicomDataset dataset) => dataset.GetStringOrEmpty(DicomTag.LossyImageCompression) switch
    {
        "01" => true,
        "00" => dataset.InternalTransferSyntax == DicomTransferSyntax.JPEGProcess1 || dataset.InternalTransferSyntax == DicomTransferSyntax.JPEGProcess2And4,
        _ => dataset.InternalTransferSyntax.IsLossy,
    };
}
