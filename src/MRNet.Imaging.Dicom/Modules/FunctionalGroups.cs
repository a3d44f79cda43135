using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>One frame of ours: its place among the dimensions and the plane it lies on.</summary>
/// <param name="Index">Dimension Index Values: ranks, from 1.</param>
/// <param name="Source">The source's plane it was computed from.</param>
/// <param name="Position">Image Position (Patient); null for none.</param>
/// <param name="Segment">0 where the object has no segments.</param>
internal sealed record DerivedFrame(IReadOnlyList<int> Index, SourcePlane Source, DicomElement? Position, int Segment = 0);

/// <summary>Multi-frame Functional Groups Module, PS3.3 C.7.6.16.</summary>
/// <param name="Shared">The one shared item; may be empty.</param>
/// <param name="DerivationDescription">What was done, in a line; null for none.</param>
internal sealed record FunctionalGroups(DicomDataset Shared, IReadOnlyList<DerivedFrame> Frames, DateTimeOffset Content, string? DerivationDescription = null) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.InstanceNumber, 1)
        .Add(DicomTag.ContentDate, Moment.Date(Content))
        .Add(DicomTag.ContentTime, Moment.Time(Content))
        .Add(DicomTag.NumberOfFrames, Frames.Count)
        .Add(DicomTag.SharedFunctionalGroupsSequence, Shared)
        .Add(DicomTag.PerFrameFunctionalGroupsSequence, Frames.Select(Item));

    private DicomDataset Item(DerivedFrame frame)
    {
        var item = new DicomDataset()
            .Add(DicomTag.DerivationImageSequence, Derivation(frame.Source))
            .Add(DicomTag.FrameContentSequence, new DicomDataset().Add(DicomTag.DimensionIndexValues, [.. frame.Index.Select(index => (uint)index)]));
        if (frame.Position is not null)
            item.Add(DicomTag.PlanePositionSequence, new DicomDataset().Add(frame.Position));
        if (frame.Segment > 0)
            item.Add(DicomTag.SegmentIdentificationSequence, new DicomDataset().Add(DicomTag.ReferencedSegmentNumber, frame.Segment));
        return item;
    }

    private DicomDataset Derivation(SourcePlane plane)
    {
        var source = new DicomDataset()
            .AddForeignUid(DicomTag.ReferencedSOPClassUID, plane.SopClassUid)
            .AddForeignUid(DicomTag.ReferencedSOPInstanceUID, plane.SopInstanceUid)
            .Add(DicomTag.PurposeOfReferenceCodeSequence, Code.Item(Code.SourceImage))
            .Add(DicomTag.SpatialLocationsPreserved, "YES");
        if (plane.Frame > 0)
            source.Add(DicomTag.ReferencedFrameNumber, plane.Frame);

        var derivation = new DicomDataset()
            .Add(DicomTag.DerivationCodeSequence, Code.Item(Code.Segmentation))
            .Add(DicomTag.SourceImageSequence, source);
        if (DerivationDescription is not null)
            derivation.Add(DicomTag.DerivationDescription, Text.Fit(DerivationDescription, 1024));
        return derivation;
    }
}

/// <summary>Pixel Measures and Plane Orientation, PS3.3 C.7.6.16.2.1 and .4: as the source writes them, a unit plane for a photograph.</summary>
internal sealed record PlaneGeometry(DicomSeries Source) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        var plane = Source.Planes[0];
        var grid = Source.Volume.Grid;
        var measures = new DicomDataset().AddElement(plane.PixelSpacing).AddElement(plane.SliceThickness);
        var orientation = new DicomDataset().AddElement(plane.Orientation);

        if (!measures.Contains(DicomTag.PixelSpacing))
            measures.Add(DicomTag.PixelSpacing, grid.SpacingMm.Y, grid.SpacingMm.X);
        if (!measures.Contains(DicomTag.SliceThickness))
            measures.Add(DicomTag.SliceThickness, grid.SpacingMm.Z);
        measures.AddOrUpdate(DicomTag.SpacingBetweenSlices, grid.SpacingMm.Z);
        if (orientation.Count == 0)
            orientation.Add(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, 1, 0);

        dataset
            .Add(DicomTag.PixelMeasuresSequence, measures)
            .Add(DicomTag.PlaneOrientationSequence, orientation);
    }

    /// <summary>The plane's position as the source writes it; the origin for a photograph.</summary>
    public static DicomElement Position(SourcePlane plane) => plane.Position ?? Position(default(Vector3));

    public static DicomElement Position(Vector3 lps) =>
        (DicomElement)new DicomDataset().Add(DicomTag.ImagePositionPatient, lps.X, lps.Y, lps.Z).Find(DicomTag.ImagePositionPatient)!;
}

/// <summary>Multi-frame Dimension Module, PS3.3 C.7.6.17.</summary>
internal sealed record Dimensions(string OrganizationUid, bool HasSegments, bool HasPositions, bool Is3D) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        var dimensions = new List<DicomDataset>();
        if (HasSegments)
            dimensions.Add(Item(DicomTag.ReferencedSegmentNumber, DicomTag.SegmentIdentificationSequence, "Segment"));
        if (HasPositions)
            dimensions.Add(Item(DicomTag.ImagePositionPatient, DicomTag.PlanePositionSequence, "Position"));

        dataset
            .Add(DicomTag.DimensionOrganizationSequence, new DicomDataset().Add(DicomTag.DimensionOrganizationUID, OrganizationUid))
            .Add(DicomTag.DimensionIndexSequence, dimensions);
        if (Is3D)
            dataset.Add(DicomTag.DimensionOrganizationType, "3D");
    }

    private DicomDataset Item(DicomTag pointer, DicomTag group, string label) => new DicomDataset()
        .Add(DicomTag.DimensionOrganizationUID, OrganizationUid)
        .Add(DicomTag.DimensionIndexPointer, pointer)
        .Add(DicomTag.FunctionalGroupPointer, group)
        .Add(DicomTag.DimensionDescriptionLabel, label);
}
