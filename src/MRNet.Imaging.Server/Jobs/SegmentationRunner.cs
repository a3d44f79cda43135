using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>A job from its images to its result on the disk, all on this machine.</summary>
internal sealed class SegmentationRunner(JobFront front, IVolumeRunner runner) : IJobRunner
{
    public void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation)
    {
        var said = new JobReports(job.Id, report);
        var images = front.Open(job, said, cancellation);
        try
        {
            var result = runner.Run(new(job.Id, images.Request, images.Session.Image.Volume, images.Session.Memory), report, cancellation);
            front.Write(job, images, result, folder, said, cancellation);
        }
        catch
        {
            front.Release(job, images);
            throw;
        }
    }
}
