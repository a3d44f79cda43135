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
}
