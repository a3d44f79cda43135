namespace MRNet.Imaging;

/// <summary>A coded concept (DICOM PS3.3 section 8): the value means something only in its scheme.</summary>
/// <param name="Value">Code value, SH, at most 16 characters.</param>
/// <param name="Scheme">Coding scheme designator: SCT, DCM, UCUM, 99MRNET.</param>
/// <param name="Meaning">What a person reads, LO, at most 64 characters.</param>
public sealed record CodedConcept(string Value, string Scheme, string Meaning);

/// <summary>Something a model outlines, in words, codes and colour.</summary>
public sealed record Structure
{
    /// <summary>What users see, at most 64 characters.</summary>
    public required string Label { get; init; }

    /// <summary>Segmented property category, e.g. (91723000, SCT, "Anatomical Structure").</summary>
    public required CodedConcept Category { get; init; }

    /// <summary>Segmented property type, e.g. (27925004, SCT, "Nodule").</summary>
    public required CodedConcept Type { get; init; }

    /// <summary>Where in the body, e.g. (39607008, SCT, "Lung"); null when the type says it.</summary>
    public CodedConcept? Anatomy { get; init; }

    /// <summary>Colour to show it in, sRGB, 0xRRGGBB.</summary>
    public required int Color { get; init; }
}
