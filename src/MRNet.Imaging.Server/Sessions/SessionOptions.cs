using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>What is kept in memory of segmented images for other weights and thresholds.</summary>
public sealed record SessionOptions
{
    /// <summary>Bytes of images, features and maps of all sessions, at most; 0 keeps nothing, and every question is computed anew.</summary>
    [Range(0, long.MaxValue)]
    public long Bytes { get; init; } = 1L << 30;

    /// <summary>A session that is not asked for so long is dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Questions to sessions that are computed at once.</summary>
    [Range(1, 64)]
    public int AtOnce { get; init; } = 2;

    /// <summary>Questions that may be open at once, waiting or answered; one more is refused.</summary>
    [Range(1, 10_000)]
    public int Open { get; init; } = 100;

    /// <summary>Of them by one caller.</summary>
    [Range(1, 10_000)]
    public int OpenPerCaller { get; init; } = 16;
}
