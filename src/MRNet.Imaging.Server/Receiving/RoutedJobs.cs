using System.Security.Cryptography;
using Google.Protobuf;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Receiving;

/// <summary>
/// Makes a job of a series that a rule wants, and an export of the job that is done. The job's id comes from the content, so
/// each step may be taken again after a crash, and a series that is pushed once more is the same job.
/// </summary>
internal sealed partial class RoutedJobs(
    IJobEngine engine, JobMaking making, UploadStore uploads, ModelShelf models, ExportStore store, ExportQueue exports, IFileSystem files, AuditTrail audit, ILogger<RoutedJobs> log)
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Accepts the job; when this returns the images may go.</summary>
    /// <exception cref="ResourceLimitException">No room for now.</exception>
    public void Submit(SeriesInfo series, Rule rule, IReadOnlyList<string> images)
    {
        var owner = $"dicom:{series.Calling}";
        var request = RuleRequest.Of(rule);
        var id = IdOf(owner, request, images);
        if (engine.Find(id) is null)
        {
            audit.Received(series.Calling, series.Address, id);
            request.Source = new() { UploadId = (uploads.Use(id, owner) ?? Import(id, owner, images)).Id };
            engine.Submit(making.Make(request, owner) with { Id = id, Key = id });
        }

        store.Want(id, rule.Send);
        LogAccepted(id, images.Count, series.Calling);
    }

    /// <summary>Hands the objects of jobs that are done to the queue.</summary>
    public void Deliver()
    {
        foreach (var wanted in store.Wants())
        {
            var job = engine.Find(wanted.Key);
            if (job is { HasEnded: false })
                continue;
            if (job is { Status: JobStatus.Done })
                Send(job, wanted);
            else
                LogNothing(wanted.Key, job?.Failure?.Message ?? "it was cancelled");
            store.Forget(wanted.Key);
        }
    }

    private void Send(StoredJob job, IEnumerable<string> archives)
    {
        foreach (var pacs in archives)
            try
            {
                exports.Add(job, pacs, []);
            }
            catch (Exception error) when (error is ImagingException or NotHereException)
            {
                LogNothing(job.Id, error.Message);
            }
    }

    /// <summary>A job that failed is not in the way of the same series when it is pushed again.</summary>
    private string IdOf(string owner, SegmentRequest request, IReadOnlyList<string> images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(new SegmentRequest(request) { IdempotencyKey = owner }.ToByteArray());
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes(models.Get(request.ModelId).WeightsSha256));
        foreach (var image in images)
        {
            using var content = files.OpenRead(image);
            hash.AppendData(SHA256.HashData(content));
        }

        for (var of = hash.GetHashAndReset(); ; of = SHA256.HashData(of))
        {
            var id = new Guid(of.AsSpan(0, 16)).ToString();
            if (engine.Find(id) is not { Status: JobStatus.Failed or JobStatus.Cancelled })
                return id;
        }
    }

    private Upload Import(string id, string owner, IReadOnlyList<string> images)
    {
        using var receiver = uploads.Begin(owner, id);
        var piece = new byte[ChunkBytes];
        foreach (var image in images)
        {
            using var content = files.OpenRead(image);
            receiver.Announce(new() { Kind = ImageKind.Dicom, FileName = Path.GetFileName(image), Bytes = (ulong)content.Length });
            for (int offset = 0, count; (count = content.Read(piece)) > 0; offset += count)
                receiver.Take((ulong)offset, piece.AsSpan(0, count));
        }

        return receiver.Complete();
    }

    [LoggerMessage(1, LogLevel.Information, "Job {Id}: {Count} images from {Calling}.")]
    private partial void LogAccepted(string id, int count, string calling);

    [LoggerMessage(2, LogLevel.Warning, "Job {Id} of a received series has nothing to send: {Why}")]
    private partial void LogNothing(string id, string why);
}
