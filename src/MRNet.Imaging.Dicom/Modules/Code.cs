using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>Code Sequence Macro, PS3.3 section 8, and the codes our objects use.</summary>
internal static class Code
{
    public static readonly CodedConcept ArtificialIntelligence = new("123110", "DCM", "Artificial Intelligence");
    public static readonly CodedConcept Segmentation = new("113076", "DCM", "Segmentation");
    public static readonly CodedConcept SourceImage = new("121322", "DCM", "Source image for image processing operation");
    public static readonly CodedConcept AcquisitionEquipment = new("109101", "DCM", "Acquisition Equipment");
    public static readonly CodedConcept ProcessingEquipment = new("109102", "DCM", "Processing Equipment");
    public static readonly CodedConcept Right = new("24028007", "SCT", "Right");
    public static readonly CodedConcept Left = new("7771000", "SCT", "Left");
    public static readonly CodedConcept NoUnits = new("1", "UCUM", "no units");
    public static readonly CodedConcept Quantity = new("246205007", "SCT", "Quantity");
    public static readonly CodedConcept Derivation = new("121401", "DCM", "Derivation");
    public static readonly CodedConcept StandardDeviation = new("386136009", "SCT", "Standard Deviation");
    public static readonly CodedConcept FractionalProbability = new("110854", "DCM", "Fractional Probabilistic Segmentation");

    public static DicomDataset Item(CodedConcept concept) => new DicomDataset()
        .Add(DicomTag.CodeValue, concept.Value)
        .Add(DicomTag.CodingSchemeDesignator, concept.Scheme)
        .Add(DicomTag.CodeMeaning, Text.Fit(concept.Meaning, 64));
}

/// <summary>Free text in the form and length a VR allows.</summary>
internal static class Text
{
    public static string Fit(string text, int length)
    {
        var clean = string.Concat(text.Select(c => c == '\\' ? '/' : char.IsControl(c) ? ' ' : c)).Trim();
        return clean.Length <= length ? clean : clean[..length].TrimEnd();
    }

    /// <summary>As Content Label, CS: letters, digits, blank, underscore; the fallback where it does not fit 16.</summary>
    public static string Label(IEnumerable<string> words, string fallback)
    {
        var label = string.Join('_', words).ToUpperInvariant();
        label = string.Concat(label.Select(c => c is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or ' ' ? c : '_'));
        return label.Length is > 0 and <= 16 ? label : fallback;
    }
}
