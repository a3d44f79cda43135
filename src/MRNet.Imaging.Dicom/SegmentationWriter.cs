using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;
using MRNet.Imaging.Dicom.Segments;

namespace MRNet.Imaging.Dicom;

/// <summary>
/// Segmentation IOD, DICOM PS3.3 A.51, and Label Map Segmentation, A.51.5: masks, probabilities and raters' gradings of a
/// result on the planes of its source. Pixels are made while the object is written.
/// </summary>
public static class SegmentationWriter
{
    /// <summary>The masks: one segment for each structure, also for one that was looked for and not found.</summary>
    /// <exception cref="InvalidImageException">The source lacks what the object must repeat.</exception>
    /// <exception cref="UnsupportedImageException">A label map of structures that overlap.</exception>
    /// <exception cref="ResourceLimitException">More bits than one value may hold.</exception>
    public static DicomDataset Write(DicomSeries source, SegmentationResult result, WriterOptions? options = null) => Object(
        source, result, options, options?.LabelMap == true ? SegmentationForm.LabelMap : SegmentationForm.Binary, SegmentContent.Masks,
        seriesOffset: 1, Labels(result), Text.Label(Names(result), "SEGMENTATION"));

    /// <summary>The probabilities, FRACTIONAL in 255 steps.</summary>
    /// <inheritdoc cref="Write"/>
    public static DicomDataset Probability(DicomSeries source, SegmentationResult result, WriterOptions? options = null) => Object(
        source, result, options, SegmentationForm.Fractional, SegmentContent.Probabilities, seriesOffset: 2, $"probability, {Labels(result)}", "PROBABILITY");

    /// <summary>What each rater would outline: a segment for each structure and rater. Not of a preview, which has no raters.</summary>
    /// <inheritdoc cref="Write"/>
    public static DicomDataset Raters(DicomSeries source, SegmentationResult result, WriterOptions? options = null) => Object(
        source, result, options, SegmentationForm.Binary, SegmentContent.Raters, seriesOffset: 50, $"raters, {Labels(result)}", "RATERS");

    private static DicomDataset Object(
        DicomSeries source, SegmentationResult result, WriterOptions? options, SegmentationForm form, Func<SegmentationResult, SegmentContent[]> segments,
        int seriesOffset, string description, string contentLabel)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(result);
        options ??= new();
        return Translated.Errors("Segmentation", null, () => Compressed(
            Object(source, result, options, new(source, result, options, form, segments(result), contentLabel), seriesOffset, $"{RaterWords.Series(result.Provenance)} {description}"),
            form, options));
    }

    private static DicomDataset Object(
        DicomSeries source, SegmentationResult result, WriterOptions options, SegmentationImage image, int seriesOffset, string description)
    {
        var common = new DerivedObject(source, result, options);
        var isPicture = !source.Volume.Grid.HasPatientSpace;
        var isLabelMap = image.Form == SegmentationForm.LabelMap;
        var plan = new SegmentFrames(source, image.Segments, options);
        var overlaps = plan.Overlap(plan.OfSegments());
        if (isLabelMap && overlaps)
            throw new UnsupportedImageException($"The structures overlap ({Labels(result)}); a label map holds one structure at each voxel. Ask for a binary segmentation (--seg binary; DICOM_SEG of a server).");
        var frames = isLabelMap ? plan.OfLabels() : plan.OfSegments();

        var dataset = common.Start(
                (isLabelMap ? DicomUID.LabelMapSegmentationStorage : DicomUID.SegmentationStorage).UID, "SEG", seriesOffset, description,
                [.. frames.Select(frame => frame.Source)], result.Structures.SelectMany(structure => new[] { structure.Category, structure.Type, structure.Anatomy }))
            .With(image with { Overlaps = overlaps })
            .With(new Dimensions(options.NewUid(), HasSegments: !isLabelMap, HasPositions: isLabelMap || !isPicture, Is3D: isLabelMap && !isPicture && !source.IsResampled))
            .With(new FunctionalGroups(Shared(source, options, isPicture && !isLabelMap), frames, common.Computed));

        if (isPicture)
            dataset.CopyOrEmpty(source.First, DicomTag.PatientOrientation);
        if (!isPicture || source.First.GetValueCount(DicomTag.FrameOfReferenceUID) > 0)
            dataset.With(new FrameOfReference(source.First));
        return dataset.Add(new DicomElement(DicomTag.PixelData, image.BitsAllocated > 8 ? DicomVR.OW : DicomVR.OB, Pixels(image, frames, source.Volume.Grid.PixelsPerSlice)));
    }

    private static DicomValueSource Pixels(SegmentationImage image, List<DerivedFrame> frames, int pixels)
    {
        void Paint(int frame, Span<byte> into) => image.Segments[frames[frame].Segment - 1].Values.Copy(frames[frame].Source.Slice, into);
        var labels = new LabelPixels(image.Segments, frames, pixels);
        return (image.Form, image.BitsAllocated) switch
        {
            (SegmentationForm.Binary, _) => new BitPixels(frames.Count, pixels, Paint),
            (SegmentationForm.Fractional, _) => new FramePixels(frames.Count, pixels, Paint),
            (_, 8) => new FramePixels(frames.Count, pixels, labels.PaintBytes),
            _ => new FramePixels(frames.Count, pixels * sizeof(ushort), labels.PaintWords),
        };
    }

    /// <summary>RLE of one-bit pixels is read differently by every library, so they stay as they are.</summary>
    private static DicomDataset Compressed(DicomDataset dataset, SegmentationForm form, WriterOptions options) =>
        options.Compress && form != SegmentationForm.Binary ? DicomTranscoder.Transcode(dataset, DicomTransferSyntax.RLELossless) : dataset;

    private static DicomDataset Shared(DicomSeries source, WriterOptions options, bool mayLackPlane) =>
        mayLackPlane && !options.UnitPlane ? new() : new DicomDataset().With(new PlaneGeometry(source));

    private static IEnumerable<string> Names(SegmentationResult result) => result.Structures.Select(structure => structure.Label);

    private static string Labels(SegmentationResult result) => string.Join(", ", Names(result));
}
