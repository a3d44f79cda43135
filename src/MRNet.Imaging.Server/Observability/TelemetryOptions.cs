using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Observability;

/// <summary>Metrics, traces and logs. Metrics are always at <c>/metrics</c>.</summary>
public sealed record TelemetryOptions
{
    /// <summary>
    /// Where metrics and traces are sent by OTLP, such as <c>http://collector:4317</c>; null: nowhere, unless
    /// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one. OpenTelemetry's other <c>OTEL_</c> variables (protocol, headers) count too.
    /// </summary>
    [RegularExpression("https?://[^/ ]+.*", ErrorMessage = "an address such as http://collector:4317")]
    public string? Otlp { get; init; }

    /// <summary>Text for people, Json for programs: one object a line.</summary>
    public LogFormat LogFormat { get; init; }

    /// <summary>The least that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
}

public enum LogFormat
{
    Text,
    Json,
}
