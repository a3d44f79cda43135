using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Audit;

/// <summary>The audit trail.</summary>
public sealed record AuditOptions
{
    /// <summary>The file it is appended to; null: <c>audit.log</c> in <c>Store</c>.</summary>
    public string? File { get; init; }

    /// <summary>No job is taken while the trail cannot be written. Otherwise what cannot be written waits in memory, up to a bound.</summary>
    public bool Required { get; init; }

    /// <summary>What the audit repository calls this server.</summary>
    public string SourceId { get; init; } = "mrnet";

    public SyslogOptions Repository { get; init; } = new();
}

/// <summary>An audit repository that takes syslog over TLS. Messages wait in <c>audit.spool</c> beside the trail while it is away.</summary>
public sealed record SyslogOptions
{
    /// <summary>Where the trail is sent to as well; null: nowhere.</summary>
    public string? Host { get; init; }

    /// <summary>Of syslog over TLS.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 6514;

    /// <summary>Who may have signed its certificate, PEM; null: the system's authorities.</summary>
    public string? Authorities { get; init; }

    /// <summary>Our certificate with its chain, PEM, where the repository asks for one.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its private key, PEM.</summary>
    public string? Key { get; init; }

    /// <summary>How often new messages are sent, and the first pause when it is away; that doubles to a minute.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);
}
