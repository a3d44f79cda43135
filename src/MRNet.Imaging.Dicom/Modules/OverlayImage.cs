using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>
/// General Image, SC Equipment, SC Image and Image Pixel Modules, PS3.3 C.7.6.1, C.8.6.1, C.8.6.2 and C.7.6.3, and of several
/// frames SC Multi-frame Image, C.8.6.3: a colour picture made from the source.
/// </summary>
/// <param name="Planes">One for each frame.</param>
internal sealed record OverlayImage(DicomSeries Source, IReadOnlyList<SourcePlane> Planes, string Derivation, DateTimeOffset Content) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        dataset
            .Add(DicomTag.ConversionType, "WSD")
            .Add(DicomTag.ImageType, "DERIVED", "SECONDARY")
            .Add(DicomTag.InstanceNumber, 1)
            .Add(DicomTag.ContentDate, Moment.Date(Content))
            .Add(DicomTag.ContentTime, Moment.Time(Content))
            .CopyOrEmpty(Source.First, DicomTag.PatientOrientation)
            .Add(DicomTag.BurnedInAnnotation, Source.Headers.Any(header => header.GetStringOrEmpty(DicomTag.BurnedInAnnotation) == "YES") ? "YES" : "NO")
            .Add(DicomTag.DerivationDescription, Text.Fit(Derivation, 1024))
            .Add(DicomTag.SourceImageSequence, Sources())
            .With(new LossyCompression(Source))
            .Add(DicomTag.SamplesPerPixel, 3)
            .Add(DicomTag.PhotometricInterpretation, "RGB")
            .Add(DicomTag.PlanarConfiguration, 0)
            .Add(DicomTag.Rows, Source.Volume.Grid.Rows)
            .Add(DicomTag.Columns, Source.Volume.Grid.Columns)
            .Add(DicomTag.BitsAllocated, 8)
            .Add(DicomTag.BitsStored, 8)
            .Add(DicomTag.HighBit, 7)
            .Add(DicomTag.PixelRepresentation, 0);
        // Type 2C of a paired body part: unknown where the source does not say which part it is.
        if (Modules.Laterality.Side(Source) is var side && (side.Length > 0 || Source.First.GetValueCount(DicomTag.BodyPartExamined) == 0))
            dataset.Add(DicomTag.Laterality, side);
        if (Planes.Count > 1)
            dataset
                .Add(DicomTag.NumberOfFrames, Planes.Count)
                .Add(DicomTag.FrameIncrementPointer, DicomTag.PageNumberVector)
                .Add(DicomTag.PageNumberVector, [.. Enumerable.Range(1, Planes.Count)]);
    }

    private IEnumerable<DicomDataset> Sources() => Planes.GroupBy(plane => (plane.SopClassUid, plane.SopInstanceUid)).Select(image =>
    {
        var item = new DicomDataset()
            .AddForeignUid(DicomTag.ReferencedSOPClassUID, image.Key.SopClassUid)
            .AddForeignUid(DicomTag.ReferencedSOPInstanceUID, image.Key.SopInstanceUid)
            .Add(DicomTag.PurposeOfReferenceCodeSequence, Code.Item(Code.SourceImage))
            .Add(DicomTag.SpatialLocationsPreserved, "YES");
        return image.First().Frame == 0 ? item : item.Add(DicomTag.ReferencedFrameNumber, [.. image.Select(plane => plane.Frame).Order()]);
    });
}
