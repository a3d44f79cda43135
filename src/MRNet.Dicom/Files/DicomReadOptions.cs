namespace MRNet.Dicom;

/// <summary>How a file is read and how much it may ask for. The defaults read anything that keeps to the standard.</summary>
public sealed record DicomReadOptions
{
    public static DicomReadOptions Default { get; } = new();

    /// <summary>Keep what could be read of a damaged file, said by <see cref="DicomFile.IsPartial"/>; also take files without preamble or file meta information.</summary>
    public bool Tolerant { get; init; }

    /// <summary>Values of this many bytes or more stay in the file until asked for. Only for files opened by path.</summary>
    public int OnDemandBytes { get; init; } = 64 * 1024;

    /// <summary>Stop before this tag: a reader of headers may stop at pixel data. Null reads all.</summary>
    public DicomTag? StopBefore { get; init; }

    /// <summary>Sequences within sequences.</summary>
    public int MaximumDepth { get; init; } = 64;

    /// <summary>Sequence items in one file.</summary>
    public int MaximumItems { get; init; } = 1_000_000;

    /// <summary>Attributes in one file.</summary>
    public int MaximumElements { get; init; } = 10_000_000;

    /// <summary>Fragments in one file.</summary>
    public int MaximumFragments { get; init; } = 1_000_000;

    /// <summary>Bytes of one value held in memory or left in the file.</summary>
    public long MaximumValueBytes { get; init; } = 8L << 30;

    /// <summary>Bytes of one value of characters.</summary>
    public int MaximumTextBytes { get; init; } = 16 << 20;

    /// <summary>Bytes a deflated data set may inflate to; at most 2 GiB in one piece.</summary>
    public long MaximumInflatedBytes { get; init; } = 4L << 30;

    /// <summary>Inflated bytes for each deflated one, beyond the first mebibyte.</summary>
    public int MaximumInflateRatio { get; init; } = 1000;
}
