using System.Diagnostics.Metrics;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Observability;

/// <summary>
/// What the server counts and times (spec reliability.md section 5), beside what it is asked for when somebody looks
/// (<see cref="ServerGauges"/>) and what the engine measures. Labels are few and known beforehand: no job, account or address.
/// </summary>
public sealed class ServerMetrics
{
    /// <summary>The meter of all parts.</summary>
    public const string MeterName = "MRNet.Imaging";

    /// <summary>From a threshold moved in a session to a series of thousands of slices, in seconds.</summary>
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600] };

    private readonly Counter<long> jobs;
    private readonly Histogram<double> queueTime;
    private readonly Histogram<double> runTime;
    private readonly Counter<long> rejected;
    private readonly Counter<long> authFailures;
    private readonly Counter<long> leasesLost;

    public ServerMetrics(IMeterFactory meters)
    {
        Meter = meters.Create(MeterName);
        jobs = Meter.CreateCounter<long>("jobs", "{job}", "Jobs that ended, by how.");
        queueTime = Meter.CreateHistogram("job.queue.time", "s", "From accepted to begun.", advice: Seconds);
        runTime = Meter.CreateHistogram("job.run.time", "s", "Time of a job in each stage.", advice: Seconds);
        rejected = Meter.CreateCounter<long>("rejected", "{call}", "Calls that were refused, by the reason their status names.");
        authFailures = Meter.CreateCounter<long>("auth.failures", "{attempt}", "Wrong keys, tokens and certificates, and connections that never came through TLS.");
        leasesLost = Meter.CreateCounter<long>("leases.lost", "{lease}", "Times that a worker took a job and did not end it: it died, froze or stalled.");
    }

    /// <summary>For instruments of other parts.</summary>
    public Meter Meter { get; }

    public void JobEnded(StoredJob job, Lane lane) => jobs.Add(1, new("lane", Name(lane)), new("model", job.ModelId), new("outcome", Name(job.Status)));

    /// <param name="job">With its start.</param>
    public void JobBegan(StoredJob job)
    {
        if (job.Started is { } started)
            queueTime.Record(Math.Max(0, (started - job.Created).TotalSeconds)); // a clock may have been set back meanwhile
    }

    /// <param name="stage">decoding, preparing, running or writing.</param>
    public void StageEnded(string stage, TimeSpan time) => runTime.Record(time.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    /// <param name="reason">As in google.rpc.ErrorInfo: LIMIT_REACHED.</param>
    public void Rejected(string reason) => rejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <param name="kind">credentials or handshake.</param>
    public void AuthFailed(string kind) => authFailures.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void LeasesLost(int count) => leasesLost.Add(count);

    /// <summary>As labels are written: small.</summary>
    internal static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
