using MRNet.Dicom;
using MRNet.Imaging.Dicom.Segments;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>Segmentation Image Module, PS3.3 C.8.20.2, with its Image Pixel attributes.</summary>
internal sealed record SegmentationImage(
    DicomSeries Source, SegmentationResult Result, WriterOptions Options, SegmentationForm Form, IReadOnlyList<SegmentContent> Segments, string ContentLabel, bool Overlaps = false) : IModule
{
    /// <summary>The segment "nothing" of a label map, which it must describe.</summary>
    private static readonly CodedConcept Background = new("125040", "DCM", "Background");

    public int BitsAllocated => Form == SegmentationForm.Binary ? 1 : Form == SegmentationForm.LabelMap && Segments.Count > byte.MaxValue ? 16 : 8;

    public void AddTo(DicomDataset dataset)
    {
        dataset
            .Add(DicomTag.ImageType, "DERIVED", "PRIMARY")
            .Add(DicomTag.ContentLabel, ContentLabel)
            .Add(DicomTag.ContentDescription, Text.Fit(RaterWords.Short(Result.Provenance), 64))
            .Add(DicomTag.ContentCreatorName)
            .With(new LossyCompression(Source))
            .Add(DicomTag.BurnedInAnnotation, "NO")
            .Add(DicomTag.SamplesPerPixel, 1)
            .Add(DicomTag.PhotometricInterpretation, "MONOCHROME2")
            .Add(DicomTag.Rows, Source.Volume.Grid.Rows)
            .Add(DicomTag.Columns, Source.Volume.Grid.Columns)
            .Add(DicomTag.BitsAllocated, BitsAllocated)
            .Add(DicomTag.BitsStored, BitsAllocated)
            .Add(DicomTag.HighBit, BitsAllocated - 1)
            .Add(DicomTag.PixelRepresentation, 0)
            .Add(DicomTag.SegmentationType, Form switch { SegmentationForm.Binary => "BINARY", SegmentationForm.Fractional => "FRACTIONAL", _ => "LABELMAP" })
            .Add(DicomTag.SegmentsOverlap, Form == SegmentationForm.Fractional && Segments.Count > 1 ? "UNDEFINED" : Form != SegmentationForm.LabelMap && Overlaps ? "YES" : "NO");
        if (Form == SegmentationForm.Fractional)
            dataset.Add(DicomTag.SegmentationFractionalType, "PROBABILITY").Add(DicomTag.MaximumFractionalValue, FractionValues.Maximum);
        if (Form != SegmentationForm.LabelMap)
        {
            dataset.Add(DicomTag.SegmentSequence, Segments.Select(Segment));
            return;
        }

        // The only mark of background that readers agree on.
        dataset
            .Add(new DicomElement(DicomTag.PixelPaddingValue, DicomVR.US, new byte[2]))
            .Add(DicomTag.SegmentSequence, Segments.Select(Segment).Prepend(Nothing()));
    }

    private DicomDataset Segment(SegmentContent content, int index)
    {
        var segment = Described(index + 1, content.Label, content.Description, content.Structure.Category, content.Structure.Type)
            .Add(DicomTag.RecommendedDisplayCIELabValue, CieLab.Encode(content.Structure.Color));
        if (content.Tracking is { } tracking)
            segment.Add(DicomTag.TrackingID, Text.Fit(tracking, 64)).Add(DicomTag.TrackingUID, Options.NewUid());
        if (content.Structure.Anatomy is { } anatomy)
            segment.Add(DicomTag.AnatomicRegionSequence, Laterality.Region(anatomy, Laterality.Of(Source, Options)));
        return segment;
    }

    private DicomDataset Nothing() => Described(0, "Background", "", Background, Background);

    private DicomDataset Described(int number, string label, string description, CodedConcept category, CodedConcept type) => new DicomDataset()
        .Add(DicomTag.SegmentNumber, number)
        .Add(DicomTag.SegmentLabel, Text.Fit(label, 64))
        .Add(DicomTag.SegmentDescription, Text.Fit(description, 1024))
        .Add(DicomTag.SegmentAlgorithmType, Result.Provenance.ExpertnessIsUsers ? "SEMIAUTOMATIC" : "AUTOMATIC")
        .Add(DicomTag.SegmentAlgorithmName, RaterWords.AlgorithmName(Result.Provenance))
        .Add(DicomTag.SegmentedPropertyCategoryCodeSequence, Code.Item(category))
        .Add(DicomTag.SegmentedPropertyTypeCodeSequence, Code.Item(type))
        .Add(DicomTag.SegmentationAlgorithmIdentificationSequence, RaterWords.Algorithm(Result.Provenance));
}

/// <summary>Which model and whose weights made a result, in DICOM's words.</summary>
internal static class RaterWords
{
    /// <summary>"6 raters, equal weights".</summary>
    public static string Short(Provenance provenance)
    {
        var weights = provenance.Expertness;
        var isEqual = weights.Count == 0 || weights.All(weight => Math.Abs(weight - weights[0]) < 1e-4);
        var caveat = provenance.Caveat.Length == 0 ? "" : $"{provenance.Caveat.ToUpperInvariant()}; ";
        return isEqual
            ? $"{caveat}{provenance.Raters.Count} raters, equal weights"
            : $"{caveat}{provenance.Raters.Count} raters, weights {string.Join(' ', weights.Select(weight => FormattableString.Invariant($"{weight:0.##}")))}";
    }

    /// <summary>How a series of ours begins its description: whoever sees it in a list must see that it is a preview.</summary>
    public static string Series(Provenance provenance) => provenance.Caveat.Length == 0 ? "MRNet" : $"MRNet {provenance.Caveat}:";

    /// <summary>"MRNet ct-lung-nodule", "MRNet ct-lung-nodule (preview)".</summary>
    public static string AlgorithmName(Provenance provenance)
    {
        var caveat = provenance.Caveat.Length == 0 ? "" : $" ({provenance.Caveat})";
        return Text.Fit($"MRNet {provenance.ModelId}", 64 - caveat.Length) + caveat;
    }

    /// <summary>Algorithm Identification Macro, PS3.3 10.16.</summary>
    public static DicomDataset Algorithm(Provenance provenance) => new DicomDataset()
        .Add(DicomTag.AlgorithmFamilyCodeSequence, Code.Item(Code.ArtificialIntelligence))
        .Add(DicomTag.AlgorithmName, AlgorithmName(provenance))
        .Add(DicomTag.AlgorithmVersion, Text.Fit($"{provenance.ModelVersion} {provenance.WeightsSha256[..Math.Min(12, provenance.WeightsSha256.Length)]}", 64))
        .Add(DicomTag.AlgorithmParameters, Text.Fit(provenance.Parameters, 10240))
        .Add(DicomTag.AlgorithmSource, Text.Fit($"MRNet.Imaging {provenance.SoftwareVersion}", 64));
}

/// <summary>sRGB to CIELab as DICOM stores it, PS3.3 C.10.7.1.1: white point D50, as ICC profiles have.</summary>
internal static class CieLab
{
    /// <param name="rgb">0xRRGGBB</param>
    public static ushort[] Encode(int rgb)
    {
        var (r, g, b) = (Linear(rgb >> 16 & 255), Linear(rgb >> 8 & 255), Linear(rgb & 255));
        // sRGB to XYZ, adapted to D50 (Bradford), divided by the white point 0.9642, 1, 0.8251.
        var x = F((0.4360747 * r + 0.3850649 * g + 0.1430804 * b) / 0.96422);
        var y = F(0.2225045 * r + 0.7168786 * g + 0.0606169 * b);
        var z = F((0.0139322 * r + 0.0971045 * g + 0.7141733 * b) / 0.82521);
        return [Scaled(116 * y - 16, 0, 100), Scaled(500 * (x - y), -128, 255), Scaled(200 * (y - z), -128, 255)];
    }

    private static double Linear(int value)
    {
        var share = value / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }

    private static double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;

    private static ushort Scaled(double value, double lowest, double range) =>
        (ushort)Math.Clamp(Math.Round((value - lowest) * 65535 / range), 0, 65535);
}
