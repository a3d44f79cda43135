using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Report;

/// <summary>A segment of a written Segmentation as a report refers to it.</summary>
internal sealed class ReportedSegment
{
    private readonly DicomDataset segmentation;
    private readonly DicomDataset segment;
    private readonly DicomDataset[] frames;

    /// <param name="number">Segment Number, from 1.</param>
    public ReportedSegment(DicomDataset segmentation, int number)
    {
        (this.segmentation, Number) = (segmentation, number);
        segment = segmentation.GetSequence(DicomTag.SegmentSequence).Items.First(item => item.GetSingleValue<int>(DicomTag.SegmentNumber) == number);
        var all = segmentation.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence).Items;
        IsLabelMap = segmentation.GetString(DicomTag.SegmentationType) == "LABELMAP";
        frames = [.. all.Where(frame => IsLabelMap || SegmentOf(frame) == number)];
        FirstFrame = frames.Length == 0 ? 0 : all.IndexOf(frames[0]) + 1;
    }

    public int Number { get; }

    /// <summary>Its frames hold all segments.</summary>
    public bool IsLabelMap { get; }

    /// <summary>From 1; 0 when nothing was found and the segment has no frame.</summary>
    public int FirstFrame { get; }

    public string TrackingId => segment.GetString(DicomTag.TrackingID);

    public string TrackingUid => segment.GetString(DicomTag.TrackingUID);

    public ImageReference Whole => new(SopClass, SopInstance, [], Number);

    public ImageReference Frame => new(SopClass, SopInstance, [FirstFrame]);

    /// <summary>The images it was drawn on, with their frames where they have any.</summary>
    public IEnumerable<ImageReference> Sources => frames
        .Select(frame => frame.GetSequence(DicomTag.DerivationImageSequence).Items[0].GetSequence(DicomTag.SourceImageSequence).Items[0])
        .GroupBy(source => source.GetString(DicomTag.ReferencedSOPInstanceUID))
        .Select(image => new ImageReference(
            image.First().GetString(DicomTag.ReferencedSOPClassUID), image.Key,
            [.. image.Where(source => source.Contains(DicomTag.ReferencedFrameNumber)).Select(source => source.GetSingleValue<int>(DicomTag.ReferencedFrameNumber)).Order()]));

    private string SopClass => segmentation.GetString(DicomTag.SOPClassUID);

    private string SopInstance => segmentation.GetString(DicomTag.SOPInstanceUID);

    private static int SegmentOf(DicomDataset frame) => frame.GetSequence(DicomTag.SegmentIdentificationSequence).Items[0].GetSingleValue<int>(DicomTag.ReferencedSegmentNumber);
}
