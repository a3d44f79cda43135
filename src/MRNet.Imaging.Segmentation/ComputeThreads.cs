using System.Collections.Concurrent;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>
/// The threads that all requests on one device share, so that several requests at once do not ask for more processors than
/// there are. A request alone gets all of them; those that come while others run get their part. Who waits is served in
/// turn. See decisions/0008-compute-threads.md.
/// </summary>
/// <param name="count">Threads that may compute at the same time.</param>
public sealed class ComputeThreads(int count)
{
    private static readonly ConcurrentDictionary<string, ComputeThreads> gpus = new();
    private readonly Lock counting = new();
    private readonly object gate = new();
    private readonly LinkedList<int> waiting = new();
    private int taken;
    private int requests;

    /// <summary>As many as libtorch takes by itself: one for each core, or what OMP_NUM_THREADS says.</summary>
    public static ComputeThreads Processor { get; } = new(torch.get_num_threads());

    public int Count { get; } = count;

    /// <summary>A GPU has one thread that feeds it.</summary>
    /// <param name="device">cpu, cuda or cuda:1.</param>
    public static ComputeThreads For(string device) => device == "cpu" ? Processor : gpus.GetOrAdd(device, _ => new(1));

    /// <summary>Counts a request in; dispose it when done.</summary>
    public Request Begin()
    {
        lock (counting)
            return new(this, Math.Max(1, Count / ++requests));
    }

    /// <summary>Waits for its turn and for so many free threads, and lets torch use them on this thread.</summary>
    /// <exception cref="OperationCanceledException">While waiting.</exception>
    public Lease Take(int threads, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, Count);
        using var wake = cancellation.Register(Wake);
        lock (gate)
        {
            var place = waiting.AddLast(threads);
            try
            {
                while (waiting.First != place || Count - taken < threads)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Monitor.Wait(gate);
                }

                taken += threads;
            }
            finally
            {
                waiting.Remove(place);
                Monitor.PulseAll(gate); // the next may need fewer
            }
        }

        return new(this, threads);
    }

    private void Wake()
    {
        lock (gate)
            Monitor.PulseAll(gate);
    }

    private void Give(int threads)
    {
        lock (gate)
        {
            taken -= threads;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>A request that is being computed.</summary>
    /// <param name="Share">How many threads it may plan with: all when it came alone.</param>
    public sealed record Request(ComputeThreads Threads, int Share) : IDisposable
    {
        private int ended;

        public void Dispose()
        {
            lock (Threads.counting)
                Threads.requests -= ended++ == 0 ? 1 : 0;
        }
    }

    /// <summary>Threads in use.</summary>
    public readonly struct Lease : IDisposable
    {
        private readonly ComputeThreads owner;
        private readonly int threads;

        internal Lease(ComputeThreads owner, int threads)
        {
            (this.owner, this.threads) = (owner, threads);
            // The question also lets libtorch set this thread up, which would undo the answer later. The setting is OpenMP's and
            // MKL's of the calling thread; changing it takes 2 ms, so the thread keeps it.
            if (torch.get_num_threads() != threads)
                torch.set_num_threads(threads);
        }

        public void Dispose() => owner.Give(threads);
    }
}
