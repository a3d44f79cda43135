using System.Diagnostics.Metrics;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Sessions;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Observability;

/// <summary>What the parts of the server know of themselves, read when somebody looks at the metrics.</summary>
internal sealed class ServerGauges(ServerMetrics metrics, IJobEngine engine, JobStore jobs, UploadStore uploads, ImageSessions sessions, ExportStore exports, AuditTrail audit) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = metrics.Meter;
        meter.CreateObservableGauge("queue.length", () => engine.Queued, "{job}", "Jobs that wait.");
        meter.CreateObservableGauge("jobs.kept", Kept, "{job}", "Jobs that the server knows, by their state; those that ended until their result has expired.");
        meter.CreateObservableGauge("uploads.active", () => uploads.Receiving, "{upload}", "Uploads that are being received.");
        meter.CreateObservableGauge("spool.bytes", () => uploads.Bytes, "By", "Bytes of uploads kept, or promised to those that are being received.");
        meter.CreateObservableCounter("features.hits", () => sessions.Hits, "{slice}", "Slices whose features were kept.");
        meter.CreateObservableCounter("features.misses", () => sessions.Misses, "{slice}", "Slices whose features had to be computed.");
        meter.CreateObservableGauge("export.pending", () => exports.Count(ExportState.Pending), "{instance}", "Instances that wait to be sent to an archive.");
        meter.CreateObservableGauge("export.parked", () => exports.Count(ExportState.Parked), "{instance}", "Instances that an archive refused, or did not take for too long.");
        meter.CreateObservableCounter("export.sent", () => exports.SentCount, "{instance}", "Instances that an archive took.");
        meter.CreateObservableCounter("export.retries", () => exports.RetryCount, "{instance}", "Tries to send that failed for a while.");
        meter.CreateObservableGauge("audit.pending", () => new Measurement<int>[] { new(audit.Pending, [new("for", "disk")]), new(audit.Unsent, [new("for", "repository")]) }, "{message}", "Audit messages that wait for the disk, or for the repository.");
        return Task.CompletedTask;
    }

    private IEnumerable<Measurement<int>> Kept()
    {
        var counts = jobs.Counts();
        return Enum.GetValues<JobStatus>().Select(status => new Measurement<int>(counts.GetValueOrDefault(status), [new("state", ServerMetrics.Name(status))]));
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
