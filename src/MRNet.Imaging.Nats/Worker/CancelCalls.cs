using System.Collections.Concurrent;
using MRNet.Imaging.Nats.Connection;

namespace MRNet.Imaging.Nats.Worker;

/// <summary>Who cancels a job says it to all workers; the one that has it listens.</summary>
internal sealed class CancelCalls(NatsLink link)
{
    private readonly ConcurrentDictionary<string, Call> mine = new();

    /// <summary>Cancelled when somebody calls so; dispose the result when it has ended.</summary>
    public Call Begin(string id) => mine[id] = new(this, id);

    public async Task ListenAsync(CancellationToken stop)
    {
        await foreach (var message in link.Connection.SubscribeAsync<byte[]>(link.Names.Cancel("*"), cancellationToken: stop))
            if (mine.TryGetValue(Names.LastOf(message.Subject), out var call))
                call.Cancel();
    }

#pragma warning disable CA1001 // the source is left to the collector: a call may just be about to cancel it
    internal sealed class Call(CancelCalls owner, string id) : IDisposable
#pragma warning restore CA1001
    {
        private readonly CancellationTokenSource source = new();

        public CancellationToken Token => source.Token;

        /// <summary>Somebody cancelled it; it did not just take too long.</summary>
        public bool IsCalled { get; private set; }

        public void EndAfter(TimeSpan time) => source.CancelAfter(time);

        public void Cancel()
        {
            IsCalled = true;
            source.Cancel();
        }

        public void Dispose() => owner.mine.TryRemove(id, out _);
    }
}
