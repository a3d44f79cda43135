using Google.Protobuf.WellKnownTypes;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Results;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>The work of a job: images, model, result on the disk.</summary>
internal sealed class SegmentationRunner(ImageSources sources, ModelShelf models, IFileSystem files, WriterOptions writing, JobOptions options, TimeProvider time,
    AuditTrail audit, KeyedHash hash) : IJobRunner
{
    public void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation)
    {
        var request = SegmentRequest.Parser.ParseFrom(job.Request);
        var said = new Reports(job.Id, report);
        said.Stage(Stage.Decoding, 0, 0);
        var image = sources.Read(job, request, said, cancellation);
        audit.ImagesRead(job.Owner, job.Id, image.Series is { } series ? hash.Of(series.StudyInstanceUid) : "");
        foreach (var note in image.Volume.Notes)
            said.Warn("IMAGE_NOTE", note);

        said.Stage(Stage.Preparing, 0, 0);
        var model = models.Get(request.ModelId);
        var result = new Segmenter(model, time).Segment(image.Volume, Requests.Of(request, image.Volume, model.Descriptor), said, cancellation);

        said.Stage(Stage.Writing, 0, 0);
        new ResultFolder(folder, files).Write(
            job.Id, image, result, Requests.Outputs(request), request.Options?.Sample ?? Sample.Unspecified,
            Summaries.Of(image, result, job.Id), Done(job, result), writing, cancellation);
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
