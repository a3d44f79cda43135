namespace MRNet.Imaging.Dicom;

/// <summary>What to do with a series whose slices are not evenly spaced.</summary>
public enum GapHandling
{
    /// <summary>Refuse it and list the gaps.</summary>
    Refuse,

    /// <summary>Interpolate linearly along the normal onto the median spacing.</summary>
    Resample,
}

/// <summary>How a series is read.</summary>
public sealed record SeriesReadOptions
{
    /// <summary>The series to read where several are found; null when there is one.</summary>
    public string? SeriesUid { get; init; }

    public GapHandling Gaps { get; init; } = GapHandling.Refuse;

    /// <summary>Leave damaged files out, and say so; also take files without preamble. Otherwise one damaged file stops the reading.</summary>
    public bool Tolerant { get; init; }

    /// <summary>Which stack (echo, phase, contrast) to read where a series holds several: its number in the list the refusal gives.</summary>
    public int? StackId { get; init; }

    /// <summary>Most samples of one volume; a sample takes four bytes. Checked before memory is taken.</summary>
    public long MaximumSamples { get; init; } = Array.MaxLength;

    /// <summary>Threads that open and decode files.</summary>
    public int Threads { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);
}
