using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>The computing of a job: the same class on this machine and in a worker on another.</summary>
public interface IVolumeRunner
{
    /// <summary>Segments an image.</summary>
    /// <param name="report">Told how far it is.</param>
    /// <exception cref="ImagingException">What a client can act on.</exception>
    /// <exception cref="OperationCanceledException">Looked for once a slice.</exception>
    SegmentationResult Run(JobWork work, Action<Event> report, CancellationToken cancellation);
}

/// <summary>What is computed. Nothing in it says whose image it is: it may travel.</summary>
/// <param name="JobId">UUID.</param>
/// <param name="Request">Model, weights and options; its source is for the front end.</param>
/// <param name="Memory">What is kept of the image for other weights; null for nothing.</param>
public sealed record JobWork(string JobId, SegmentRequest Request, Volume Volume, SliceMemory? Memory);
