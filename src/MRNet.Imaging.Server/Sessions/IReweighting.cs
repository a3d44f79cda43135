using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>Answers to other weights and thresholds, from what is kept of the images.</summary>
internal interface IReweighting
{
    /// <param name="job">The one the session is called after.</param>
    /// <param name="request">Of the job, with what is asked now.</param>
    /// <returns>False when nobody keeps anything of the images: an ordinary job has to compute it.</returns>
    Task<bool> TryAnswerAsync(StoredJob job, SegmentRequest request, ReweightRequest asked, EventStream stream, CancellationToken cancellation);
}
