using System.Collections.Concurrent;
using System.Threading.Channels;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>What running jobs say, to whoever watches; the last progress is kept for those who come later.</summary>
internal sealed class JobEvents
{
    private readonly ConcurrentDictionary<string, JobVoice> voices = new();

    /// <summary>The last progress; null when nothing was said.</summary>
    public Progress? Last(string job) => voices.TryGetValue(job, out var voice) ? voice.Last : null;

    public void Say(string job, Event said) => voices.GetOrAdd(job, _ => new()).Say(said);

    /// <summary>Ends all watching of a job.</summary>
    public void End(string job)
    {
        if (voices.TryRemove(job, out var voice))
            voice.End();
    }

    /// <summary>From now until <see cref="End"/>; a reader too slow for them misses the older ones.</summary>
    public IAsyncEnumerable<Event> WatchAsync(string job, Func<bool> hasEnded, CancellationToken cancellation) =>
        voices.GetOrAdd(job, _ => new()).WatchAsync(hasEnded, () => voices.TryRemove(job, out _), cancellation);

    private sealed class JobVoice
    {
        private readonly Lock gate = new();
        private readonly List<Channel<Event>> ears = [];
        private bool ended;

        public Progress? Last { get; private set; }

        public void Say(Event said)
        {
            using var _ = gate.EnterScope();
            Last = said.Progress ?? Last;
            foreach (var ear in ears)
                ear.Writer.TryWrite(said);
        }

        public void End()
        {
            using var _ = gate.EnterScope();
            ended = true;
            foreach (var ear in ears)
                ear.Writer.TryComplete();
        }

        public async IAsyncEnumerable<Event> WatchAsync(Func<bool> hasEnded, Action forget, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            var ear = Channel.CreateBounded<Event>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
            using (gate.EnterScope())
                ears.Add(ear);
            try
            {
                if (ended || hasEnded()) // it may have ended before the ear was there
                {
                    forget();
                    yield break;
                }

                await foreach (var said in ear.Reader.ReadAllAsync(cancellation))
                    yield return said;
            }
            finally
            {
                using (gate.EnterScope())
                    ears.Remove(ear);
            }
        }
    }
}
