using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Security;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MRNet.Imaging.Server.Observability;

/// <summary>Where logs, metrics and traces go: the console, <c>/metrics</c> for Prometheus, and a collector when one is named.</summary>
public static class Telemetry
{
    private const string CollectorVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>What logs the address of each call below Warning: an upload's names the file, and that may name a patient.</summary>
    private static readonly string[] WithAddresses = ["Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.HostFiltering", "Microsoft.AspNetCore.Cors", "Microsoft.AspNetCore.StaticFiles", "Yarp.ReverseProxy.Forwarder"];

    internal static void AddLogs(this ILoggingBuilder logging, TelemetryOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);
        foreach (var category in WithAddresses)
            logging.AddFilter(category, LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Authentication.OpenIdConnect", LogLevel.Error); // at Trace it writes codes and states
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None); // it puts the path into the scope of all that a call logs
        if (options.LogFormat == LogFormat.Json)
            logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
    }

    internal static void AddTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<JobMeasures>();
        services.AddHostedService<ServerGauges>();
        var isSent = IsSent(options);
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("mrnet", serviceVersion: Version))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(ServerMetrics.MeterName).AddPrometheusExporter();
                ((IDeferredMeterProviderBuilder)metrics).Configure((services, provider) => OwnInstrumentsOnly(provider, services.GetRequiredService<IMeterFactory>()));
                if (isSent)
                    metrics.AddOtlpExporter(To(options));
            });
        if (isSent)
            telemetry.WithTracing(traces => traces.AddSource(JobTrace.SourceName).AddOtlpExporter(To(options)));
    }

    /// <summary>For whoever may see everybody's jobs; without accounts that is every caller.</summary>
    internal static void MapMetrics(this WebApplication application) =>
        application.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(nameof(Rights.AllJobs));

    /// <summary>What a worker measures has no page to be read from: it is sent to the collector that is named.</summary>
    /// <returns>Sends the rest when it is disposed; null where no collector is named.</returns>
    public static IDisposable? OfWorker(TelemetryOptions options) => !IsSent(options) ? null : Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => resource.AddService("mrnet-worker", serviceVersion: Version))
        .AddMeter(ServerMetrics.MeterName)
        .AddOtlpExporter(To(options))
        .Build();

    private static string Version => typeof(Telemetry).Assembly.GetName().Version!.ToString(3);

    private static bool IsSent(TelemetryOptions options) => options.Otlp is not null || Environment.GetEnvironmentVariable(CollectorVariable) is { Length: > 0 };

    /// <summary>A listener hears every meter of its name in the process; when another server in it ends, ours would end with it.</summary>
    private static void OwnInstrumentsOnly(MeterProviderBuilder metrics, IMeterFactory own) =>
        metrics.AddView(instrument => instrument.Meter.Scope is { } scope && scope != own ? MetricStreamConfiguration.Drop : null);

    private static Action<OtlpExporterOptions> To(TelemetryOptions options) => otlp =>
    {
        if (options.Otlp is { } collector)
            otlp.Endpoint = new(collector);
    };
}
