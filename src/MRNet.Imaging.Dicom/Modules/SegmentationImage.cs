using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>Segmentation Image Module, PS3.3 C.8.20.2, of SegmentationType BINARY, with its Image Pixel attributes.</summary>
internal sealed record SegmentationImage(DicomSeries Source, SegmentationResult Result, WriterOptions Options, bool Overlaps) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.ImageType, "DERIVED", "PRIMARY")
        .Add(DicomTag.ContentLabel, Text.Label(Result.Structures.Select(structure => structure.Label), "SEGMENTATION"))
        .Add(DicomTag.ContentDescription, Text.Fit(RaterWords.Short(Result.Provenance), 64))
        .Add(DicomTag.ContentCreatorName)
        .With(new LossyCompression(Source))
        .Add(DicomTag.BurnedInAnnotation, "NO")
        .Add(DicomTag.SamplesPerPixel, 1)
        .Add(DicomTag.PhotometricInterpretation, "MONOCHROME2")
        .Add(DicomTag.Rows, Source.Volume.Grid.Rows)
        .Add(DicomTag.Columns, Source.Volume.Grid.Columns)
        .Add(DicomTag.BitsAllocated, 1)
        .Add(DicomTag.BitsStored, 1)
        .Add(DicomTag.HighBit, 0)
        .Add(DicomTag.PixelRepresentation, 0)
        .Add(DicomTag.SegmentationType, "BINARY")
        .Add(DicomTag.SegmentsOverlap, Overlaps ? "YES" : "NO")
        .Add(DicomTag.SegmentSequence, Result.Structures.Select(Segment));

    private DicomDataset Segment(Structure structure, int index)
    {
        var provenance = Result.Provenance;
        var segment = new DicomDataset()
            .Add(DicomTag.SegmentNumber, index + 1)
            .Add(DicomTag.SegmentLabel, Text.Fit(structure.Label, 64))
            .Add(DicomTag.SegmentDescription, Text.Fit(RaterWords.Short(provenance), 1024))
            .Add(DicomTag.SegmentAlgorithmType, provenance.ExpertnessIsUsers ? "SEMIAUTOMATIC" : "AUTOMATIC")
            .Add(DicomTag.SegmentAlgorithmName, RaterWords.AlgorithmName(provenance))
            .Add(DicomTag.SegmentedPropertyCategoryCodeSequence, Code.Item(structure.Category))
            .Add(DicomTag.SegmentedPropertyTypeCodeSequence, Code.Item(structure.Type))
            .Add(DicomTag.SegmentationAlgorithmIdentificationSequence, RaterWords.Algorithm(provenance))
            .Add(DicomTag.TrackingID, Text.Fit($"{structure.Label} {index + 1}", 64))
            .Add(DicomTag.TrackingUID, Options.NewUid())
            .Add(DicomTag.RecommendedDisplayCIELabValue, CieLab.Encode(structure.Color));
        if (structure.Anatomy is { } anatomy)
            segment.Add(DicomTag.AnatomicRegionSequence, Laterality.Region(anatomy, Laterality.Of(Source, Options)));
        return segment;
    }
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
