using Google.Protobuf.WellKnownTypes;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Results;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>
/// What is done around the computing, and only in the server that clients speak to: the images of a job are read before it,
/// its result is written after it. Here is known whose images they are.
/// </summary>
internal sealed class JobFront(ImageSources sources, ImageSessions sessions, IFileSystem files, WriterOptions writing, JobOptions options, TimeProvider time, AuditTrail audit, KeyedHash hash)
{
    /// <summary>The images of a job, read or still in memory.</summary>
    /// <exception cref="ImagingException">They cannot be read.</exception>
    public JobImages Open(StoredJob job, JobReports said, CancellationToken cancellation)
    {
        var request = SegmentRequest.Parser.ParseFrom(job.Request);
        said.Stage(Stage.Decoding);
        var kept = KeptOf(job, request);
        var session = kept ?? sessions.Begin(job, sources.Read(job, request, said, cancellation));
        audit.ImagesRead(job.Owner, job.Id, session.Image.Series is { } series ? hash.Of(series.StudyInstanceUid) : "");
        foreach (var note in session.Image.Volume.Notes)
            said.Warn("IMAGE_NOTE", note);
        return new(request, session, IsNew: kept is null);
    }

    /// <summary>Writes all of a result.</summary>
    /// <param name="folder">Empty.</param>
    public void Write(StoredJob job, JobImages images, SegmentationResult result, string folder, JobReports said, CancellationToken cancellation)
    {
        said.Stage(Stage.Writing);
        var (request, image) = (images.Request, images.Session.Image);
        new ResultFolder(folder, files).Write(
            job.Id, image, result, Requests.Outputs(request), request.Options?.Sample ?? Sample.Unspecified,
            Summaries.Of(image, result, job.Id), Done(job, result), writing, cancellation);
    }

    /// <summary>Forgets images that were read for a job that failed: nobody is told of them.</summary>
    public void Release(StoredJob job, JobImages images)
    {
        if (images.IsNew)
            sessions.Release(job);
    }

    /// <summary>An upload stays as it is; what lies in a shared folder is read again.</summary>
    private Session<LoadedImage>? KeptOf(StoredJob job, SegmentRequest request) =>
        request.Source.FromCase == Source.FromOneofCase.UploadId ? sessions.Find(job) : null;

    private Done Done(StoredJob job, SegmentationResult result) => new()
    {
        SessionId = job.Id,
        Expires = Timestamp.FromDateTimeOffset(time.GetUtcNow() + options.Retention),
        Seconds = result.Provenance.Seconds,
        Provenance = Summaries.Of(result.Provenance),
    };
}

/// <summary>Images of a job, with what was asked of them.</summary>
/// <param name="IsNew">They were read for this job.</param>
internal sealed record JobImages(SegmentRequest Request, Session<LoadedImage> Session, bool IsNew);
