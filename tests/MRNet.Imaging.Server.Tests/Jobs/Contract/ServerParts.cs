using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Results;
using MRNet.Imaging.Server.Sessions;
using MRNet.Imaging.Server.Tests.Observability;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Tests.Jobs.Contract;

/// <summary>What every engine stands on: a data folder with its store, uploads and results, as a server has them.</summary>
internal sealed class ServerParts : IDisposable
{
    private readonly ImageSessions sessions;

    public ServerParts(string folder, JobOptions? options = null, TimeProvider? time = null, IFileSystem? files = null)
    {
        (Options, Time, Files) = (options ?? new(), time ?? TimeProvider.System, files ?? new DiskFileSystem());
        Measures = new(Measured.Metrics, Time);
        Data = new(folder, Files);
        Store = new(Data.Database);
        Uploads = new(Data, Files, new() { KeepFree = 0 }, Time, Guid.NewGuid);
        Exports = new(Data.Exports);
        Results = new(Store, Exports, Data, Uploads, Files, Options, Time);
        sessions = new(new() { Bytes = 1 << 20 }, Time);
        var audit = new AuditTrail(new(DataFolder.AuditOf(folder), Files, NullLogger.Instance), new(), Time);
        Front = new(new(Uploads, new(new(new Dictionary<string, PacsOptions>()), Data, Files, new(), null), new Dictionary<string, string>()), sessions, Files, new WriterOptions(), Options, Time, audit, new KeyedHash(Data.AuditKey, Files));
    }

    public JobOptions Options { get; }

    public TimeProvider Time { get; }

    public IFileSystem Files { get; }

    public DataFolder Data { get; }

    public JobStore Store { get; }

    public UploadStore Uploads { get; }

    public ExportStore Exports { get; }

    public JobResults Results { get; }

    public JobFront Front { get; }

    public HeardMetrics Measured { get; } = new();

    public JobMeasures Measures { get; }

    /// <summary>A job on a tiny image that was sent.</summary>
    /// <param name="model">What the runner makes of it.</param>
    public StoredJob Job(string? id = null, string owner = "anna", string? key = null, string hash = "h", string model = "stub", byte[]? image = null, params Output[] outputs)
    {
        id ??= Guid.NewGuid().ToString();
        var upload = Sent(owner, image ?? TinyImage.Of());
        var request = new SegmentRequest { ModelId = model, Source = new() { UploadId = upload.Id }, Outputs = { outputs } };
        return new(id, owner, key ?? id, hash, model, request.ToByteArray(), upload.Id, JobStatus.Queued, 0, Time.GetUtcNow(), null, null, null, null);
    }

    /// <summary>The events of a result, with what they carry.</summary>
    public IReadOnlyList<Event> Result(IJobEngine engine, string id) => [.. new ResultFolder(engine.ResultFolder(engine.Find(id)!)!, Files).Read([])];

    public void Dispose()
    {
        sessions.Dispose();
        Store.Dispose();
        Exports.Dispose();
        Data.Dispose();
        Measured.Dispose();
    }

    private Upload Sent(string owner, byte[] image)
    {
        var receiver = Uploads.Begin(owner, "");
        receiver.Announce(new() { Kind = ImageKind.Nifti, FileName = "a.nii", Bytes = (ulong)image.Length, Sha256 = ByteString.Empty });
        const int piece = 1 << 20;
        for (var at = 0; at < image.Length; at += piece)
            receiver.Take((ulong)at, image.AsSpan(at, Math.Min(piece, image.Length - at)));
        return receiver.Complete();
    }
}
