using Google.Protobuf.WellKnownTypes;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Results;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>The work of a job: images, model, result on the disk.</summary>
internal sealed class SegmentationRunner(ImageSources sources, ImageSessions sessions, ModelShelf models, IFileSystem files, WriterOptions writing, JobOptions options, TimeProvider time,
    AuditTrail audit, KeyedHash hash) : IJobRunner
{
    public void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation)
    {
        var request = SegmentRequest.Parser.ParseFrom(job.Request);
        var said = new Reports(job.Id, report);
        said.Stage(Stage.Decoding, 0, 0);
        var kept = KeptOf(job, request);
        var session = kept ?? sessions.Begin(job, sources.Read(job, request, said, cancellation));
        audit.ImagesRead(job.Owner, job.Id, session.Image.Series is { } series ? hash.Of(series.StudyInstanceUid) : "");
        try
        {
            Write(job, request, session, Compute(session, request, said, cancellation), folder, said, cancellation);
        }
        catch when (kept is null)
        {
            sessions.Release(job); // nobody is told of it
            throw;
        }
    }

    /// <summary>An upload stays as it is; what lies in a shared folder is read again.</summary>
    private Session<LoadedImage>? KeptOf(StoredJob job, SegmentRequest request) =>
        request.Source.FromCase == Source.FromOneofCase.UploadId ? sessions.Find(job) : null;

    private SegmentationResult Compute(Session<LoadedImage> session, SegmentRequest request, Reports said, CancellationToken cancellation)
    {
        var (volume, start) = (session.Image.Volume, time.GetTimestamp());
        foreach (var note in volume.Notes)
            said.Warn("IMAGE_NOTE", note);

        said.Stage(Stage.Preparing, 0, 0);
        var model = models.Get(request.ModelId);
        session.Memory.Turn.Wait(cancellation);
        try
        {
            var run = new Segmenter(model, time).Begin(volume, Requests.Of(request, volume, model.Descriptor), session.Memory);
            run.Compute(run.Slices, said, cancellation);
            return run.Result(time.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            session.Memory.Turn.Release();
        }
    }

    private void Write(StoredJob job, SegmentRequest request, Session<LoadedImage> session, SegmentationResult result, string folder, Reports said, CancellationToken cancellation)
    {
        said.Stage(Stage.Writing, 0, 0);
        new ResultFolder(folder, files).Write(
            job.Id, session.Image, result, Requests.Outputs(request), request.Options?.Sample ?? Sample.Unspecified,
            Summaries.Of(session.Image, result, job.Id), Done(job, result), writing, cancellation);
    }

    private Done Done(StoredJob job, SegmentationResult result) => new()
    {
        SessionId = job.Id,
        Expires = Timestamp.FromDateTimeOffset(time.GetUtcNow() + options.Retention),
        Seconds = result.Provenance.Seconds,
        Provenance = Summaries.Of(result.Provenance),
    };

    /// <summary>Progress as events.</summary>
    private sealed class Reports(string jobId, Action<Event> report) : IProgress<SegmentationProgress>, IProgress<float>
    {
        public void Stage(Stage stage, int done, int total) =>
            report(new Event { JobId = jobId, Progress = new Progress { Stage = stage, Done = (uint)done, Total = (uint)total } });

        public void Warn(string reason, string message) => report(new Event { JobId = jobId, Warning = new Warning { Reason = reason, Message = message } });

        void IProgress<SegmentationProgress>.Report(SegmentationProgress value) => Stage(Protocol.V1.Stage.Running, value.Slices, value.Of);

        void IProgress<float>.Report(float value) => Stage(Protocol.V1.Stage.Decoding, (int)(value * 100), 100);
    }
}
