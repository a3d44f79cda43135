using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Exports;

/// <summary>How exports are tried again, section <c>Exports</c> of the settings.</summary>
public sealed record ExportOptions
{
    /// <summary>After a failure that may pass; doubled each time, and up to a quarter longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>An instance that an archive has not taken for so long is parked.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromHours(72);

    /// <summary>Instances sent over one association or call.</summary>
    [Range(1, 10_000)]
    public int AtOnce { get; init; } = 100;

    /// <summary>The wait after a number of failures in a row, from 1.</summary>
    /// <param name="share">0..1, drawn: so that many servers do not come back in the same moment.</param>
    public TimeSpan Wait(int failures, double share)
    {
        var doubled = FirstWait * Math.Pow(2, Math.Min(failures - 1, 30));
        return (doubled < LongestWait ? doubled : LongestWait) * (1 + (share / 4));
    }
}
