namespace MRNet.Imaging.Dicom.Report;

/// <summary>Codes of a measurement report, PS3.16 TID 1500 and below.</summary>
internal static class ReportCode
{
    public static readonly CodedConcept Report = Dcm("126000", "Imaging Measurement Report");
    public static readonly CodedConcept Language = Dcm("121049", "Language of Content Item and Descendants");
    public static readonly CodedConcept English = new("en-US", "RFC5646", "English (United States)");
    public static readonly CodedConcept ObserverType = Dcm("121005", "Observer Type");
    public static readonly CodedConcept Device = Dcm("121007", "Device");
    public static readonly CodedConcept DeviceUid = Dcm("121012", "Device Observer UID");
    public static readonly CodedConcept DeviceName = Dcm("121013", "Device Observer Name");
    public static readonly CodedConcept DeviceManufacturer = Dcm("121014", "Device Observer Manufacturer");
    public static readonly CodedConcept DeviceModel = Dcm("121015", "Device Observer Model Name");
    public static readonly CodedConcept DeviceSerial = Dcm("121016", "Device Observer Serial Number");
    public static readonly CodedConcept Procedure = Dcm("121058", "Procedure reported");
    public static readonly CodedConcept Measurements = Dcm("126010", "Imaging Measurements");
    public static readonly CodedConcept Group = Dcm("125007", "Measurement Group");
    public static readonly CodedConcept TrackingId = Dcm("112039", "Tracking Identifier");
    public static readonly CodedConcept TrackingUid = Dcm("112040", "Tracking Unique Identifier");
    public static readonly CodedConcept Category = Sct("276214006", "Finding category");
    public static readonly CodedConcept Finding = Dcm("121071", "Finding");
    public static readonly CodedConcept AlgorithmName = Dcm("111001", "Algorithm Name");
    public static readonly CodedConcept AlgorithmVersion = Dcm("111003", "Algorithm Version");
    public static readonly CodedConcept AlgorithmParameters = Dcm("111002", "Algorithm Parameters");
    public static readonly CodedConcept Site = Sct("363698007", "Finding Site");
    public static readonly CodedConcept Laterality = Sct("272741003", "Laterality");
    public static readonly CodedConcept Segment = Dcm("121191", "Referenced Segment");
    public static readonly CodedConcept SegmentationFrame = Dcm("121214", "Referenced Segmentation Frame");
    public static readonly CodedConcept SourceImage = Dcm("121233", "Source Image for Segmentation");
    public static readonly CodedConcept SourceSeries = Dcm("121232", "Source series for segmentation");
    public static readonly CodedConcept SourceOfMeasurement = Dcm("121112", "Source of Measurement");
    public static readonly CodedConcept Volume = Sct("118565006", "Volume");
    public static readonly CodedConcept Area = Sct("42798000", "Area");
    public static readonly CodedConcept PopulationMean = Sct("373098007", "Mean Value of population");
    public static readonly CodedConcept PopulationDeviation = Dcm("121414", "Standard deviation of population");
    public static readonly CodedConcept Population = Dcm("121405", "Population Description");
    public static readonly CodedConcept Derivation = Dcm("121401", "Derivation");
    public static readonly CodedConcept Minimum = Sct("255605001", "Minimum");
    public static readonly CodedConcept Maximum = Sct("56851009", "Maximum");
    public static readonly CodedConcept Method = Sct("370129005", "Measurement Method");
    public static readonly CodedConcept Upper = Sct("371886008", "+, range of upper measurement uncertainty");
    public static readonly CodedConcept Lower = Sct("371885007", "-, range of lower measurement uncertainty");
    public static readonly CodedConcept RatioRight = new("71485-7", "LN", "Right optic nerve Cup-disc ratio by Ophthalmoscopy");
    public static readonly CodedConcept RatioLeft = new("71484-0", "LN", "Left optic nerve Cup-disc ratio by Ophthalmoscopy");

    /// <summary>LOINC has the ratio of the right and of the left eye only.</summary>
    public static readonly CodedConcept RatioOfUnknownSide = new("CUP_DISC_RATIO", "99MRNET", "Cup-to-disc ratio");
    public static readonly CodedConcept VerticalRatio = new("VERTICAL_CDR", "99MRNET", "Height of cup by height of disc");

    public static readonly CodedConcept CubicMillimetres = new("mm3", "UCUM", "mm3");
    public static readonly CodedConcept SquareMillimetres = new("mm2", "UCUM", "mm2");
    public static readonly CodedConcept Pixels = new("{pixels}", "UCUM", "pixels");
    public static readonly CodedConcept Ratio = new("{ratio}", "UCUM", "ratio");

    /// <summary>What was done to the patient, as far as the modality says it.</summary>
    public static CodedConcept ProcedureOf(string modality) => modality switch
    {
        "CT" => new("25045-6", "LN", "CT unspecified body region"),
        "MR" => new("25056-3", "LN", "MR unspecified body region"),
        _ => Sct("363679005", "Imaging"),
    };

    private static CodedConcept Dcm(string value, string meaning) => new(value, "DCM", meaning);

    private static CodedConcept Sct(string value, string meaning) => new(value, "SCT", meaning);
}
