using System.Runtime.ExceptionServices;

namespace MRNet.Imaging.Segmentation;

/// <summary>
/// Takes batches through three steps that overlap: the calling thread prepares the next ones and brings back those that are
/// done, in order, while others are computed on <see cref="WorkerThreads"/>.
/// </summary>
/// <param name="lanes">Batches that are computed at the same time, at most.</param>
internal sealed class SlicePipeline(ComputeThreads.Request request, int lanes)
{
    /// <summary>One batch on its way; its buffers are used again.</summary>
    internal sealed class Batch(int inputSize, int outputSize)
    {
        public int[] Places { get; set; } = [];

        public float[] Input { get; } = new float[inputSize];

        public float[] Output { get; } = new float[outputSize];

        internal ManualResetEventSlim Done { get; } = new();

        internal ExceptionDispatchInfo? Fault { get; set; }
    }

    /// <param name="places">What each batch holds; the order in which they are brought back.</param>
    /// <param name="prepare">Fills the input, on the calling thread.</param>
    /// <param name="compute">From input to output, on a thread of its own.</param>
    /// <param name="bringBack">On the calling thread.</param>
    /// <exception cref="OperationCanceledException">Nothing is being computed any more when it is thrown, nor for any other exception.</exception>
    public void Run(
        IReadOnlyList<int[]> places, Func<Batch> buffers, Action<Batch> prepare, Action<Batch, CancellationToken> compute, Action<Batch> bringBack, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var (under, spare) = (new Queue<Batch>(), new Stack<Batch>());
        try
        {
            for (var i = 0; i < places.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var batch = spare.TryPop(out var used) ? used : buffers();
                batch.Places = places[i];
                prepare(batch);
                Start(batch, ThreadsOf(i, places.Count), compute, stop.Token);
                under.Enqueue(batch);
                if (under.Count > lanes) // one more than can be computed: the next is ready when a lane is free
                    spare.Push(Finish(under, bringBack));
            }

            while (under.Count > 0)
                Finish(under, bringBack);
        }
        finally
        {
            stop.Cancel();
            foreach (var batch in under)
                batch.Done.Wait(CancellationToken.None);
        }
    }

    /// <summary>
    /// One thread for each batch is the most work in the shortest time; those left over at the end, too few for all threads,
    /// get more. It depends on the request alone, not on how fast others are: the same request gives the same bits.
    /// </summary>
    internal int ThreadsOf(int index, int of)
    {
        var wholeRounds = of - of % lanes;
        return Math.Max(1, request.Share / (index < wholeRounds ? lanes : of - wholeRounds));
    }

    private void Start(Batch batch, int threads, Action<Batch, CancellationToken> compute, CancellationToken stop)
    {
        batch.Done.Reset();
        batch.Fault = null;
        WorkerThreads.Run(() =>
        {
            try
            {
                using var lease = request.Threads.Take(threads, stop);
                compute(batch, stop);
            }
            catch (Exception error)
            {
                batch.Fault = ExceptionDispatchInfo.Capture(error);
            }
            finally
            {
                batch.Done.Set();
            }
        });
    }

    private static Batch Finish(Queue<Batch> under, Action<Batch> bringBack)
    {
        var batch = under.Peek();
        batch.Done.Wait(CancellationToken.None); // whoever computes looks at the token
        under.Dequeue();
        batch.Fault?.Throw();
        bringBack(batch);
        return batch;
    }
}
