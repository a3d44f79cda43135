using MRNet.Dicom;
using MRNet.Imaging.Dicom.Report;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>SR Document Series and General Modules, PS3.3 C.17.1 and C.17.2. A machine verifies nothing.</summary>
/// <param name="Segmentation">The object that was measured.</param>
/// <param name="Images">Every source image that the tree names.</param>
internal sealed record SrDocument(DicomDataset Source, DicomDataset Segmentation, IReadOnlyList<ImageReference> Images, DateTimeOffset Content) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.ReferencedPerformedProcedureStepSequence)
        .Add(DicomTag.InstanceNumber, 1)
        .Add(DicomTag.ContentDate, Moment.Date(Content))
        .Add(DicomTag.ContentTime, Moment.Time(Content))
        .Add(DicomTag.CompletionFlag, "COMPLETE")
        .Add(DicomTag.VerificationFlag, "UNVERIFIED")
        .Add(DicomTag.PreliminaryFlag, "PRELIMINARY")
        .Add(DicomTag.PerformedProcedureCodeSequence)
        .Add(DicomTag.CurrentRequestedProcedureEvidenceSequence, new DicomDataset()
            .CopyRequired(Source, DicomTag.StudyInstanceUID)
            .Add(DicomTag.ReferencedSeriesSequence, [.. Evidence()]));

    private IEnumerable<DicomDataset> Evidence()
    {
        yield return Series(Segmentation, [new(Segmentation.GetString(DicomTag.SOPClassUID), Segmentation.GetString(DicomTag.SOPInstanceUID), [])]);
        if (Images.Count > 0)
            yield return Series(Source, Images);
    }

    private static DicomDataset Series(DicomDataset of, IEnumerable<ImageReference> images) => new DicomDataset()
        .CopyRequired(of, DicomTag.SeriesInstanceUID)
        .Add(DicomTag.ReferencedSOPSequence, images.Select(image => (image with { Frames = [], Segment = 0 }).Item()));
}
