using System.Globalization;
using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;

namespace MRNet.Imaging.Dicom.Report;

/// <summary>How a content item stands to the one above it, PS3.3 C.17.3.2.4.</summary>
internal enum Relationship
{
    Contains,
    HasObservationContext,
    HasConceptModifier,
    HasProperties,
}

/// <summary>Items of a structured report's content tree, PS3.3 C.17.3.</summary>
internal static class ContentItem
{
    public static DicomDataset Container(CodedConcept name, string template, params IEnumerable<DicomDataset> items) => Container(null, name, template, items);

    /// <param name="template">Identifier of the template in DCMR; empty for none.</param>
    public static DicomDataset Container(Relationship? relationship, CodedConcept name, string template, IEnumerable<DicomDataset> items)
    {
        var container = New(relationship, "CONTAINER", name, items).Add(DicomTag.ContinuityOfContent, "SEPARATE");
        if (template.Length > 0)
            container.Add(DicomTag.ContentTemplateSequence, new DicomDataset().Add(DicomTag.MappingResource, "DCMR").Add(DicomTag.TemplateIdentifier, template));
        return container;
    }

    public static DicomDataset Code(Relationship relationship, CodedConcept name, CodedConcept value, params IEnumerable<DicomDataset> items) =>
        New(relationship, "CODE", name, items).Add(DicomTag.ConceptCodeSequence, Modules.Code.Item(value));

    public static DicomDataset Text(Relationship relationship, CodedConcept name, string value) =>
        New(relationship, "TEXT", name, []).Add(DicomTag.TextValue, Modules.Text.Fit(value, 1024));

    public static DicomDataset Uid(Relationship relationship, CodedConcept name, string value) =>
        New(relationship, "UIDREF", name, []).AddForeignUid(DicomTag.UID, value);

    public static DicomDataset Number(Relationship relationship, CodedConcept name, double value, CodedConcept unit, params IEnumerable<DicomDataset> items) =>
        New(relationship, "NUM", name, items).Add(DicomTag.MeasuredValueSequence, new DicomDataset()
            .Add(DicomTag.NumericValue, Decimal(value))
            .Add(DicomTag.MeasurementUnitsCodeSequence, Modules.Code.Item(unit)));

    public static DicomDataset Image(Relationship relationship, CodedConcept name, ImageReference image) =>
        New(relationship, "IMAGE", name, []).Add(DicomTag.ReferencedSOPSequence, image.Item());

    /// <summary>A decimal string has at most 16 characters; six significant digits are more than any measurement has.</summary>
    internal static string Decimal(double value)
    {
        var text = Math.Abs(value) < 1e9 ? Math.Round(value, 4).ToString("0.####", CultureInfo.InvariantCulture) : value.ToString("E6", CultureInfo.InvariantCulture);
        return value != 0 && text.TrimStart('-') == "0" ? value.ToString("E6", CultureInfo.InvariantCulture) : text;
    }

    private static DicomDataset New(Relationship? relationship, string type, CodedConcept name, IEnumerable<DicomDataset> items)
    {
        var item = new DicomDataset().Add(DicomTag.ValueType, type).Add(DicomTag.ConceptNameCodeSequence, Modules.Code.Item(name));
        if (relationship is { } given)
            item.Add(DicomTag.RelationshipType, Word(given));
        var content = items.ToList();
        return content.Count == 0 ? item : item.Add(DicomTag.ContentSequence, content);
    }

    private static string Word(Relationship relationship) => relationship switch
    {
        Relationship.Contains => "CONTAINS",
        Relationship.HasObservationContext => "HAS OBS CONTEXT",
        Relationship.HasConceptModifier => "HAS CONCEPT MOD",
        _ => "HAS PROPERTIES",
    };
}

/// <summary>An image, its frames or a segment of it: frames or a segment, never both.</summary>
internal sealed record ImageReference(string SopClassUid, string SopInstanceUid, IReadOnlyList<int> Frames, int Segment = 0)
{
    public DicomDataset Item()
    {
        var item = new DicomDataset()
            .AddForeignUid(DicomTag.ReferencedSOPClassUID, SopClassUid)
            .AddForeignUid(DicomTag.ReferencedSOPInstanceUID, SopInstanceUid);
        if (Frames.Count > 0)
            item.Add(DicomTag.ReferencedFrameNumber, [.. Frames]);
        else if (Segment > 0)
            item.Add(DicomTag.ReferencedSegmentNumber, Segment);
        return item;
    }
}
