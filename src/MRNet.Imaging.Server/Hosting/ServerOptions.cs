using System.ComponentModel.DataAnnotations;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Receiving;
using MRNet.Imaging.Server.Security;
using MRNet.Imaging.Server.Sessions;
using MRNet.Imaging.Server.Settings;
using MRNet.Imaging.Server.Uploads;
using MRNet.Imaging.Server.Viewer;

namespace MRNet.Imaging.Server.Hosting;

/// <summary>All settings of the server; each has a default that works.</summary>
public sealed record ServerOptions
{
    /// <summary>The server's own folder, for uploads, jobs, results, keys and the audit trail; empty: <c>mrnet/server</c> in the user's folder for application data.</summary>
    public string Store { get; init; } = "";

    /// <summary>The address to listen on. Beyond loopback TLS and accounts are needed, or <see cref="Insecure"/>.</summary>
    [Required]
    public string Listen { get; init; } = "127.0.0.1";

    /// <summary>Listens to other computers without TLS or accounts; log, page, health and audit say so.</summary>
    public bool Insecure { get; init; }

    /// <summary>Port of native gRPC (HTTP/2), with TLS of everything; 0 for any.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 50051;

    /// <summary>Port of pages, gRPC-Web and HTTP uploads; 0 for any, null for the one after <c>Port</c>. With TLS they are on <c>Port</c>.</summary>
    [Range(0, 65535)]
    public int? WebPort { get; init; }

    /// <summary>Where pages are when there is no TLS.</summary>
    internal int PagesPort => WebPort ?? (Port == 0 ? 0 : Port + 1);

    /// <summary>cpu, cuda or cuda:1.</summary>
    [RegularExpression("cpu|cuda(:[0-9]{1,3})?", ErrorMessage = "cpu, cuda or cuda:N")]
    public string Device { get; init; } = "cpu";

    /// <summary>Folders with models, searched in order; the bundled ones come last.</summary>
    [FolderThatIsThere]
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Folders that clients may name as a source: <c>{"scans": "/data/scans"}</c>.</summary>
    [FolderThatIsThere]
    public IReadOnlyDictionary<string, string> Roots { get; init; } = new Dictionary<string, string>();

    /// <summary>Origins of web pages that may call; none but the server's own by default.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Device Serial Number of the DICOM objects written here; null: a random number, made once for each user.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string? InstallationId { get; init; }

    public UploadLimits Uploads { get; init; } = new();

    public JobOptions Jobs { get; init; } = new();

    public NatsOptions Nats { get; init; } = new();

    public TlsOptions Tls { get; init; } = new();

    public AccountOptions Accounts { get; init; } = new();

    public AuditOptions Audit { get; init; } = new();

    public ViewerOptions Viewer { get; init; } = new();

    public SessionOptions Sessions { get; init; } = new();

    /// <summary>Archives that results go to and images come from, by the names that clients use.</summary>
    public IReadOnlyDictionary<string, PacsOptions> Pacs { get; init; } = new Dictionary<string, PacsOptions>();

    public ExportOptions Exports { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

    public ReceivingOptions Receiving { get; init; } = new();
}
