using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;

namespace MRNet.Imaging.Dicom;

/// <summary>What every object made from a source series has in common.</summary>
internal sealed class DerivedObject
{
    private readonly DicomSeries source;
    private readonly Provenance provenance;
    private readonly WriterOptions options;

    /// <exception cref="ArgumentException">The result lies on another grid.</exception>
    public DerivedObject(DicomSeries source, SegmentationResult result, WriterOptions options)
    {
        (this.source, provenance, this.options) = (source, result.Provenance, options);
        var (own, other) = (source.Volume.Grid, result.Maps.Grid);
        if ((own.Columns, own.Rows, own.Slices) != (other.Columns, other.Rows, other.Slices))
            throw new ArgumentException($"The result has {other.Columns} x {other.Rows} x {other.Slices} voxels, its source {own.Columns} x {own.Rows} x {own.Slices}.", nameof(result));
        Computed = Moment.InZoneOf(source.First, provenance.Created);
        Created = Moment.InZoneOf(source.First, options.Time.GetLocalNow());
        foreach (var plane in source.Planes)
            if (plane.SopInstanceUid.Length == 0 || plane.SopClassUid.Length == 0)
                throw new InvalidImageException("An image of the source has no SOPInstanceUID or SOPClassUID; an object derived from it must name it.");
    }

    /// <summary>When the result was computed.</summary>
    public DateTimeOffset Computed { get; }

    /// <summary>When the object is made.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>Patient to SOP Common, but for the object's own modules.</summary>
    public DicomDataset Start(string sopClassUid, string modality, int seriesOffset, string description, IReadOnlyList<SourcePlane> planes, IEnumerable<CodedConcept?> codes) =>
        Start(sopClassUid, modality, seriesOffset, description, codes).With(new CommonInstanceReference(source.First, planes));

    /// <summary>The same of an object that names its sources in another way.</summary>
    public DicomDataset Start(string sopClassUid, string modality, int seriesOffset, string description, IEnumerable<CodedConcept?> codes) => new DicomDataset()
        .With(new Patient(source.First))
        .With(new ClinicalTrial(source.First))
        .With(new Study(source.First))
        .With(new DerivedSeries(source.First, modality, options.NewUid(), seriesOffset, description, Created))
        .With(new OurEquipment(options, provenance.SoftwareVersion))
        .With(new ContributingEquipment(source.First, options, provenance, Computed))
        .With(new CodingSchemes(codes))
        .With(new SopCommon(sopClassUid, options.NewUid(), Created, source.First));
}
