using System.Security.Cryptography;
using Google.Protobuf;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Services;

/// <summary>From a request to a job that may be submitted: everything that can be refused is refused here.</summary>
internal sealed class JobMaking(UploadStore uploads, ModelShelf models, ImageSources sources, SeriesFetch archives, IJobEngine engine, TimeProvider time, Func<Guid> newId)
{
    /// <exception cref="InvalidImageException">A field that does not fit.</exception>
    /// <exception cref="UnknownModelException">No such model.</exception>
    /// <exception cref="NotHereException">No such upload or session.</exception>
    public StoredJob Make(SegmentRequest request, string owner)
    {
        if (request.ModelId.Length == 0)
            throw new InvalidImageException("model_id is empty; expected one of ListModels.");
        Requests.Check(request, models.Find(request.ModelId).Descriptor);
        var upload = Images(request, owner);

        var id = newId().ToString();
        var key = request.IdempotencyKey.Length > 0 ? request.IdempotencyKey : id;
        var kept = request.Clone();
        kept.IdempotencyKey = "";
        return new(
            id, owner, key, Hash(kept, upload), request.ModelId, kept.ToByteArray(), upload?.Id ?? "", JobStatus.Queued, 0, time.GetUtcNow(), null, null, null, null);
    }

    /// <summary>What a session's job would have been asked.</summary>
    /// <exception cref="InvalidImageException">A field that does not fit.</exception>
    /// <exception cref="NotHereException">There is no such session.</exception>
    public SegmentRequest RequestOf(ReweightRequest asked, string owner)
    {
        var request = OfSession(asked.SessionId, owner);
        request.Weights = asked.Weights;
        request.Outputs.Clear();
        request.Outputs.Add(asked.Outputs);
        request.Options ??= new();
        request.Options.Threshold = asked.Threshold;
        request.Options.Sample = asked.Sample;
        request.Options.Quality = asked.Preview ? Protocol.V1.Quality.Preview : Protocol.V1.Quality.Full;
        Requests.Check(request, models.Find(request.ModelId).Descriptor);
        return request;
    }

    private Upload? Images(SegmentRequest request, string owner)
    {
        switch (request.Source?.FromCase)
        {
            case Source.FromOneofCase.UploadId:
                return Complete(request.Source.UploadId, owner);
            case Source.FromOneofCase.Folder:
                sources.InRoot(request.Source.Folder);
                return null;
            case Source.FromOneofCase.SessionId:
                var before = OfSession(request.Source.SessionId, owner);
                request.Source = before.Source;
                return Images(request, owner);
            case Source.FromOneofCase.Dicomweb:
                archives.Check(request.Source.Dicomweb);
                return null;
            default:
                throw new InvalidImageException("source is empty; expected an upload_id, a folder, a series of an archive, or a session_id.");
        }
    }

    /// <summary>An upload that is complete, or that came over HTTP and is so by being named.</summary>
    private Upload Complete(string id, string owner) =>
        uploads.Use(id, owner)
        ?? uploads.Open(id, owner)?.Complete()
        ?? throw new NotHereException("source.upload_id names no upload of this caller; expected one of Upload: send the images again.");

    private SegmentRequest OfSession(string id, string owner) => engine.Find(id) is { } job && job.Owner == owner
        ? SegmentRequest.Parser.ParseFrom(job.Request)
        : throw new NotHereException("session_id names no session of this caller; expected one of Done: segment again.");

    /// <summary>Of what is asked and of the images: the same content, however it was sent.</summary>
    private static string Hash(SegmentRequest request, Upload? upload)
    {
        var asked = request.Clone();
        if (upload is not null)
            asked.Source = null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(asked.ToByteArray());
        foreach (var file in (upload?.Files ?? []).Select(file => file.Sha256).Order(StringComparer.Ordinal))
            hash.AppendData(Convert.FromHexString(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
