using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>Runs the model of a request over an image.</summary>
internal sealed class VolumeRunner(ModelShelf models, TimeProvider time) : IVolumeRunner
{
    public SegmentationResult Run(JobWork work, Action<Event> report, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var said = new JobReports(work.JobId, report);
        said.Stage(Stage.Preparing);
        var model = models.Get(work.Request.ModelId);
        if (model.Descriptor.DoubtOf(work.Volume.Grid) is { } doubt)
            said.Warn("OTHER_PLANE", doubt);
        work.Memory?.Turn.Wait(cancellation);
        try
        {
            var run = new Segmenter(model, time).Begin(work.Volume, Requests.Of(work.Request, work.Volume, model.Descriptor), work.Memory);
            run.Compute(run.Slices, said, cancellation);
            return run.Result(time.GetElapsedTime(start).TotalSeconds);
        }
        finally
        {
            work.Memory?.Turn.Release();
        }
    }
}
