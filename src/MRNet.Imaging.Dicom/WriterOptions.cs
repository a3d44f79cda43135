using System.ComponentModel.DataAnnotations;
using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>What a writer needs beside the result. Time and identifiers are passed in, so that files come out the same twice.</summary>
public sealed record WriterOptions
{
    /// <summary>Where new UIDs come from: random 2.25 UIDs; a test passes <c>() => DicomUID.Generate(random).UID</c>.</summary>
    public Func<string> NewUid { get; init; } = () => DicomUID.Generate().UID;

    /// <summary>When the object is made; when the result was computed is in its provenance.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Device Serial Number: a random id of this installation, at most 64 characters. Never a host name.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string InstallationId { get; init; } = "0";

    [StringLength(64, MinimumLength = 1)]
    public string Manufacturer { get; init; } = "MRNet.Imaging";

    /// <summary>Write empty frames too: OHIF 2 and 3.0 to 3.6 and XNAT shift masks without them. Costs rows x columns / 8 bytes each.</summary>
    public bool KeepEmptyFrames { get; init; }

    /// <summary>Masks as a label map: a byte for each voxel instead of a bit for each voxel and structure. Structures must not overlap; DCMTK before 3.7 and many a PACS refuse it.</summary>
    public bool LabelMap { get; init; }

    /// <summary>Segmentations of 8 and 16 bits (probability, label map) in RLE Lossless.</summary>
    public bool Compress { get; init; }

    /// <summary>Parametric maps in 16-bit integers, for web viewers and archives that cannot show floats; 3D Slicer reads floats only.</summary>
    public bool IntegerMaps { get; init; }

    /// <summary>Give a photograph's mask a plane of unit geometry; without it dcmqi and OHIF fail.</summary>
    public bool UnitPlane { get; init; } = true;

    /// <summary>R or L where the user says so and the image does not; null for unknown.</summary>
    [RegularExpression("[RLBU]")]
    public string? Laterality { get; init; }

    /// <summary>RESEARCH, or PRODUCT of a cleared product.</summary>
    [RegularExpression("RESEARCH|PRODUCT|SERVICE")]
    public string ContentQualification { get; init; } = "RESEARCH";
}
