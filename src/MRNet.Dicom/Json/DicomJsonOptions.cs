namespace MRNet.Dicom;

/// <summary>How data sets become JSON.</summary>
public sealed record DicomJsonOptions
{
    public static DicomJsonOptions Default { get; } = new();

    /// <summary>Indent it for people.</summary>
    public bool Indented { get; init; }

    /// <summary>Binary values of more bytes are left out: the attribute has its VR and no value. Null keeps all, as base64.</summary>
    public int? LongestInlineBytes { get; init; }

    /// <summary>Where a binary value can be fetched (BulkDataURI); null for one that is written inline.</summary>
    public Func<DicomItem, string?>? BulkDataUri { get; init; }
}
