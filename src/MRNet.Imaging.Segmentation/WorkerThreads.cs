using System.Collections.Concurrent;

namespace MRNet.Imaging.Segmentation;

/// <summary>
/// Threads that compute, used again and again: OpenMP and MKL keep a team and memory for each thread that ever called them.
/// They are not the thread pool's, which a server needs for its clients.
/// </summary>
internal static class WorkerThreads
{
    private static readonly ConcurrentStack<Worker> idle = new();

    /// <param name="work">Must not throw.</param>
    public static void Run(Action work)
    {
        if (!idle.TryPop(out var worker))
            worker = new Worker();
        worker.Do(work);
    }

    private sealed class Worker
    {
        private readonly object gate = new();
        private Action? work;

        public Worker() => new Thread(Loop) { IsBackground = true, Name = "mrnet compute" }.Start();

        public void Do(Action todo)
        {
            lock (gate)
            {
                work = todo;
                Monitor.Pulse(gate);
            }
        }

        private void Loop()
        {
            while (true)
            {
                Next()();
                idle.Push(this);
            }
        }

        private Action Next()
        {
            lock (gate)
            {
                while (work is null)
                    Monitor.Wait(gate);
                var next = work;
                work = null;
                return next;
            }
        }
    }
}
