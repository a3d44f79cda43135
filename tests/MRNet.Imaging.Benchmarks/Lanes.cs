using System.Diagnostics;

namespace MRNet.Imaging.Benchmarks;

/// <summary>Work on several threads at once, each of which torch lets use a stated number of threads.</summary>
internal static class Lanes
{
    /// <returns>Seconds until all are done.</returns>
    public static double Run(int lanes, int threadsEach, Action work)
    {
        Thread[] all = [.. Enumerable.Range(0, lanes).Select(_ => new Thread(() => Alone(threadsEach, work)))];
        var clock = Stopwatch.StartNew();
        foreach (var lane in all)
            lane.Start();
        foreach (var lane in all)
            lane.Join();
        return clock.Elapsed.TotalSeconds;
    }

    private static void Alone(int threads, Action work)
    {
        _ = get_num_threads(); // lets libtorch set this thread up, which would undo the next line later
        set_num_threads(threads);
        using var off = inference_mode();
        work();
    }
}
