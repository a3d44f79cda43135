using Grpc.Core;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Services;

/// <summary>Events of one call, numbered; a gRPC stream takes one write at a time, so only its owner writes.</summary>
internal sealed class EventStream(IServerStreamWriter<Event> writer, string jobId)
{
    private ulong sequence;

    /// <summary>Goes on, in its numbers, with another job's events.</summary>
    public void GoOnWith(string other) => jobId = other;

    public Task WriteAsync(Event said, CancellationToken cancellation)
    {
        said.Sequence = ++sequence;
        said.JobId = jobId;
        return writer.WriteAsync(said, cancellation);
    }
}
