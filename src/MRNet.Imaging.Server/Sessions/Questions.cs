using System.Threading.Channels;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>Where the work of questions is done: a few at once, each session one at a time, and no more open than agreed.</summary>
internal sealed class Questions(SessionOptions options) : IDisposable
{
    private readonly SemaphoreSlim places = new(options.AtOnce);
    private int open;

    /// <exception cref="ResourceLimitException">Too many are open.</exception>
    public Place Open()
    {
        var place = new Place(this);
        if (Interlocked.Increment(ref open) <= options.Open)
            return place;
        place.Dispose();
        throw new ResourceLimitException($"{options.Open} questions to sessions are open, the most at once; try again later.");
    }

    /// <summary>Computes on a thread of its own, and tells meanwhile how far it is. Nobody waits for a reader with a place taken.</summary>
    public async Task<T> ComputeAsync<T>(Func<IProgress<Progress>, T> work, Func<Progress, Task> tell, CancellationToken cancellation)
    {
        await places.WaitAsync(cancellation);
        var said = Channel.CreateBounded<Progress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        var working = Task.Run(
            () =>
            {
                try
                {
                    return work(new Told(said.Writer));
                }
                finally
                {
                    places.Release();
                    said.Writer.Complete();
                }
            },
            CancellationToken.None);
        try
        {
            await foreach (var progress in said.Reader.ReadAllAsync(CancellationToken.None))
                await tell(progress);
        }
        finally
        {
            await Task.WhenAny(working); // it looks at the token itself
        }

        return await working;
    }

    public void Dispose() => places.Dispose();

    private sealed class Told(ChannelWriter<Progress> writer) : IProgress<Progress>
    {
        public void Report(Progress value) => writer.TryWrite(value);
    }

    internal sealed class Place(Questions owner) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref owner.open);
    }
}
