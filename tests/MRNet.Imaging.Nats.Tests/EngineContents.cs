using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>What the engine still has, for a test to look at.</summary>
internal sealed class EngineContents(string url, string prefix) : IAsyncDisposable
{
    private readonly NatsLink link = new(new NatsOptions { Urls = url, Prefix = prefix }, queueLimit: null, "test", NullLoggerFactory.Instance);

    /// <summary>Jobs that wait or run.</summary>
    public async Task<long> WaitingAsync() => (await link.Stream.GetStreamAsync(link.Names.JobStream)).Info.State.Messages;

    /// <summary>The same, with images and results.</summary>
    /// <param name="pieces">Also pieces without a name: who is killed while he writes leaves them, and the bucket's age removes them.</param>
    public async Task<long> LeftAsync(bool pieces = true)
    {
        var left = await WaitingAsync();
        foreach (var bucket in new[] { link.Names.InBucket, link.Names.OutBucket })
            left += pieces
                ? (await link.Stream.GetStreamAsync(Names.StreamOf(bucket))).Info.State.Messages
                : (await link.SubjectsAsync(Names.StreamOf(bucket), Names.ObjectsOf(bucket), CancellationToken.None)).Count();
        return left;
    }

    public ValueTask DisposeAsync() => link.DisposeAsync();
}
