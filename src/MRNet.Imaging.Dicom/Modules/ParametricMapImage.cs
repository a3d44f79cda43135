using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>What a parametric map shows.</summary>
/// <param name="Highest">Largest value it can have.</param>
/// <param name="IsInteger">Stored as 16-bit integers: 65535 for 1.</param>
internal sealed record MapKind(string Flavor, string ContentLabel, string LutLabel, string Explanation, CodedConcept? Derivation, double Highest, bool IsInteger)
{
    /// <summary>Stored value of 1.</summary>
    public double Scale => IsInteger ? ushort.MaxValue : 1;

    public string[] ImageType => ["DERIVED", "PRIMARY", "VOLUME", Flavor];
}

/// <summary>Parametric Map Image Module, PS3.3 C.8.32.2, with Floating Point or integer Image Pixel attributes: float pixels have no Bits Stored.</summary>
internal sealed record ParametricMapImage(DicomSeries Source, MapKind Kind, string ContentDescription, WriterOptions Options) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        AddImage(dataset);
        if (Kind.IsInteger)
            dataset.Add(DicomTag.BitsStored, 16).Add(DicomTag.HighBit, 15).Add(DicomTag.PixelRepresentation, 0);
    }

    private void AddImage(DicomDataset dataset) => dataset
        .Add(DicomTag.ImageType, Kind.ImageType)
        .Add(DicomTag.ContentLabel, Kind.ContentLabel)
        .Add(DicomTag.ContentDescription, Text.Fit(ContentDescription, 64))
        .Add(DicomTag.ContentCreatorName)
        .Add(DicomTag.ContentQualification, Options.ContentQualification)
        .With(new LossyCompression(Source))
        .Add(DicomTag.BurnedInAnnotation, "NO")
        .Add(DicomTag.RecognizableVisualFeatures, "NO")
        .Add(DicomTag.PresentationLUTShape, "IDENTITY")
        .Add(DicomTag.PixelPresentation, "MONOCHROME")
        .Add(DicomTag.SamplesPerPixel, 1)
        .Add(DicomTag.PhotometricInterpretation, "MONOCHROME2")
        .Add(DicomTag.Rows, Source.Volume.Grid.Rows)
        .Add(DicomTag.Columns, Source.Volume.Grid.Columns)
        .Add(DicomTag.BitsAllocated, Kind.IsInteger ? 16 : 32)
        .Add(DicomTag.AcquisitionContextSequence, Array.Empty<DicomDataset>());
}

/// <summary>The functional groups of a parametric map that all frames share, PS3.3 table A.75-2.</summary>
internal sealed record ParametricMapGroups(MapKind Kind, Structure Structure, string Side) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        // Slicer reads Frame Anatomy without looking whether it is there.
        .Add(DicomTag.FrameAnatomySequence, new DicomDataset()
            .Add(DicomTag.FrameLaterality, Side)
            .Add(DicomTag.AnatomicRegionSequence, Laterality.Region(Structure.Anatomy ?? Structure.Type, Side)))
        .Add(DicomTag.PixelValueTransformationSequence, new DicomDataset()
            .Add(DicomTag.RescaleIntercept, 0)
            .Add(DicomTag.RescaleSlope, 1)
            .Add(DicomTag.RescaleType, "US"))
        .Add(DicomTag.FrameVOILUTSequence, new DicomDataset()
            .Add(DicomTag.WindowCenter, Kind.Highest / 2 * Kind.Scale)
            .Add(DicomTag.WindowWidth, Kind.Highest * Kind.Scale)
            .Add(DicomTag.VOILUTFunction, "LINEAR_EXACT")) // LINEAR is not defined for a width below 1
        .Add(DicomTag.ParametricMapFrameTypeSequence, new DicomDataset().Add(DicomTag.FrameType, Kind.ImageType))
        .Add(DicomTag.RealWorldValueMappingSequence, Mapping());

    private DicomDataset Mapping()
    {
        var mapping = new DicomDataset()
            .Add(DicomTag.LUTLabel, Kind.LutLabel)
            .Add(DicomTag.LUTExplanation, Text.Fit(Kind.Explanation, 64))
            .Add(DicomTag.RealWorldValueIntercept, 0.0)
            .Add(DicomTag.RealWorldValueSlope, 1 / Kind.Scale)
            .Add(DicomTag.MeasurementUnitsCodeSequence, Code.Item(Code.NoUnits))
            .Add(DicomTag.QuantityDefinitionSequence, Quantities());
        return Kind.IsInteger
            ? mapping
                .Add(new DicomElement(DicomTag.RealWorldValueFirstValueMapped, DicomVR.US, new byte[] { 0, 0 }))
                .Add(new DicomElement(DicomTag.RealWorldValueLastValueMapped, DicomVR.US, new byte[] { 0xFF, 0xFF }))
            : mapping
                .Add(DicomTag.DoubleFloatRealWorldValueFirstValueMapped, 0.0)
                .Add(DicomTag.DoubleFloatRealWorldValueLastValueMapped, 1.0);
    }

    private IEnumerable<DicomDataset> Quantities()
    {
        yield return Quantity(Code.Quantity, Code.FractionalProbability);
        if (Kind.Derivation is { } derivation)
            yield return Quantity(Code.Derivation, derivation);
    }

    private static DicomDataset Quantity(CodedConcept name, CodedConcept value) => new DicomDataset()
        .Add(DicomTag.ValueType, "CODE")
        .Add(DicomTag.ConceptNameCodeSequence, Code.Item(name))
        .Add(DicomTag.ConceptCodeSequence, Code.Item(value));
}
