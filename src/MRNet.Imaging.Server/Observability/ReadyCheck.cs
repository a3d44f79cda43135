using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Observability;

/// <summary>Serving: a model that has taken an image, room in a spool that can be written, an open job store, an audit trail that takes messages where it is required, and no stop under way.</summary>
internal sealed class ReadyCheck(ModelShelf models, DataFolder data, IFileSystem files, UploadLimits limits, JobStore store, IJobEngine engine, AuditTrail audit, ServerOptions options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(WhyNot() is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy());

    private string? WhyNot()
    {
        if (engine.WhyNotReady is { } reason)
            return reason;
        if (!models.IsWarm)
            return "No model is loaded and warm.";
        if (files.FreeBytes(data.Root) < limits.KeepFree)
            return "The disk is full.";
        if (options.Audit.Required && !audit.Flush())
            return "The audit trail cannot be written.";
        return Writable() && StoreIsOpen() ? null : "The server's folder cannot be used.";
    }

    private bool Writable()
    {
        try
        {
            files.WriteWhole(Path.Combine(data.Root, "probe"), [1]);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private bool StoreIsOpen()
    {
        try
        {
            store.Find("");
            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    }
}
