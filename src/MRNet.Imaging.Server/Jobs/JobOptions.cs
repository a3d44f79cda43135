using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>How jobs are queued, run and kept.</summary>
public sealed record JobOptions
{
    public const string Embedded = "embedded";

    public const string Nats = "nats";

    /// <summary>Where jobs run: on this machine, or on the workers of the NATS server in section Nats.</summary>
    [AllowedValues(Embedded, Nats)]
    public string Engine { get; init; } = Embedded;

    /// <summary>Jobs that may wait, of all callers.</summary>
    [Range(1, 1_000_000)]
    public int QueueLimit { get; init; } = 1000;

    /// <summary>Jobs of one caller that may wait.</summary>
    [Range(1, 1_000_000)]
    public int QueuePerCaller { get; init; } = 100;

    /// <summary>Jobs that run at once. On a CPU two share the cores better than one after another.</summary>
    [Range(1, 64)]
    public int Runners { get; init; } = 1;

    /// <summary>A job that runs longer is failed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan MaxRun { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often a job is begun before it counts as the killer of the server.</summary>
    [Range(1, 100)]
    public int Attempts { get; init; } = 3;

    /// <summary>Results are kept so long.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Bytes of results kept; the oldest go first.</summary>
    [Range(1, long.MaxValue)]
    public long RetentionBytes { get; init; } = 100L << 30;

    /// <summary>How long running jobs may go on when the server is told to stop; what is left then runs again at the next start.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(60);
}
