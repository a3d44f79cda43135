using System.Threading.Channels;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>Where the work of questions is done: a few at once, a turn for each caller, and no more open than agreed, of all and of each.</summary>
internal sealed class Questions(SessionOptions options)
{
    private readonly FairPlaces places = new(options.AtOnce);
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> open = [];

    /// <param name="owner">The account that asks, over however many connections.</param>
    /// <exception cref="ResourceLimitException">Too many are open.</exception>
    public Place Open(string owner)
    {
        using var _ = gate.EnterScope();
        if (open.Values.Sum() is var all && all >= options.Open)
            throw new ResourceLimitException($"The server has {all} questions to sessions open; expected fewer than {options.Open}: try again later.");
        if (open.GetValueOrDefault(owner) is var mine && mine >= options.OpenPerCaller)
            throw new ResourceLimitException($"The server has {mine} questions of this caller open; expected fewer than {options.OpenPerCaller}: wait for one to be answered.");
        open[owner] = mine + 1;
        return new(this, owner);
    }

    /// <summary>Computes on a thread of its own, and tells meanwhile how far it is. Nobody waits for a reader with a place taken.</summary>
    public async Task<T> ComputeAsync<T>(string owner, Func<IProgress<Progress>, T> work, Func<Progress, Task> tell, CancellationToken cancellation)
    {
        await places.EnterAsync(owner, cancellation);
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
                    places.Leave();
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

    private void Close(string owner)
    {
        using var _ = gate.EnterScope();
        if (--open[owner] == 0)
            open.Remove(owner);
    }

    private sealed class Told(ChannelWriter<Progress> writer) : IProgress<Progress>
    {
        public void Report(Progress value) => writer.TryWrite(value);
    }

    internal sealed class Place(Questions questions, string owner) : IDisposable
    {
        public void Dispose() => questions.Close(owner);
    }
}
