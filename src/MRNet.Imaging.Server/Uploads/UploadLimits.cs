using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Uploads;

/// <summary>What clients may send.</summary>
public sealed record UploadLimits
{
    /// <summary>Bytes of one upload.</summary>
    [Range(1, long.MaxValue)]
    public long MaxBytes { get; init; } = 4L << 30;

    /// <summary>Files of one upload.</summary>
    [Range(1, 1_000_000)]
    public int MaxFiles { get; init; } = 10_000;

    /// <summary>Uploads that are being received at once.</summary>
    [Range(1, 10_000)]
    public int AtOnce { get; init; } = 16;

    /// <summary>Of them by one caller.</summary>
    [Range(1, 10_000)]
    public int AtOncePerCaller { get; init; } = 4;

    /// <summary>Bytes of all uploads kept.</summary>
    [Range(1, long.MaxValue)]
    public long SpoolBytes { get; init; } = 100L << 30;

    /// <summary>Bytes left free on the disk.</summary>
    [Range(0, long.MaxValue)]
    public long KeepFree { get; init; } = 5L << 30;

    /// <summary>An upload that receives nothing for so long is dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An upload that is not complete after so long is dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Whole { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A complete upload that no job uses is kept so long.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(1);
}
