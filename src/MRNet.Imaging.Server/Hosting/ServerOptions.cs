using System.ComponentModel.DataAnnotations;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Uploads;
using MRNet.Imaging.Server.Viewer;

namespace MRNet.Imaging.Server.Hosting;

/// <summary>All settings of the server; each has a default that works.</summary>
public sealed record ServerOptions
{
    /// <summary>Where uploads, jobs and results are kept.</summary>
    [Required]
    public required string Data { get; init; }

    /// <summary>Port of native gRPC (HTTP/2 without TLS), on loopback; 0 for any.</summary>
    [Range(0, 65535)]
    public int Port { get; init; } = 50051;

    /// <summary>Port of pages, gRPC-Web and HTTP uploads, on loopback; 0 for any.</summary>
    [Range(0, 65535)]
    public int WebPort { get; init; } = 50052;

    /// <summary>cpu, cuda or cuda:1.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Folders with models, searched in order; the bundled ones come last.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Folders that clients may name as a source: name and path.</summary>
    public IReadOnlyDictionary<string, string> Roots { get; init; } = new Dictionary<string, string>();

    /// <summary>Origins of web pages that may call; none but the server's own by default.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Device Serial Number of the DICOM objects written here.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string InstallationId { get; init; } = "0";

    public UploadLimits Uploads { get; init; } = new();

    public JobOptions Jobs { get; init; } = new();

    /// <summary>The viewer at <c>/viewer</c>; null: none.</summary>
    public ViewerOptions? Viewer { get; init; }
}
