using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>Does the work of a job; the same for every engine.</summary>
public interface IJobRunner
{
    /// <summary>Segments the images of a job and writes all of its result into a folder that is its own.</summary>
    /// <param name="folder">Empty; it becomes visible when this returns.</param>
    /// <param name="report">Told how far it is, and warnings.</param>
    /// <exception cref="ImagingException">What a client can act on.</exception>
    /// <exception cref="OperationCanceledException">Looked for once a slice.</exception>
    void Run(StoredJob job, string folder, Action<Event> report, CancellationToken cancellation);
}
