using System.Diagnostics;
using System.Globalization;
using MRNet.Imaging.Model;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// A training step (forward, backward, Adam) of the product against one of <see cref="NaiveNetwork"/>, same shapes, same loss, same
/// options; steps take turns in one process. Arguments: how many steps of each, and how many threads.
/// </summary>
internal static class TrainingBenchmark
{
    public static void Run(string[] arguments)
    {
        var runs = arguments is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 5;
        if (arguments is [_, var threads])
            set_num_threads(int.Parse(threads, CultureInfo.InvariantCulture));

        Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}; medians of {runs}");
        Console.WriteLine("| width | pictures | naive port, images/s | ours, images/s | times | peak MB, naive | peak MB, ours |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Compare(width: 16, pictures: 8, size: 128, runs);
        Compare(width: 64, pictures: 4, size: 128, runs);
        Console.WriteLine($"load after {Machine.Load()}");
    }

    private static void Compare(int width, int pictures, int size, int runs)
    {
        using var scope = NewDisposeScope();
        var options = NetworkOptions.Published(raters: 4, structures: 1, channels: 1, width);
        using var method = SegmentationMethods.Create("mrnet", options);
        using var trainer = new Trainer(method, new(), steps: long.MaxValue);
        using var copy = new MultiRaterNetwork(options);
        var naive = new NaiveNetwork(copy.state_dict(), raters: 4, structures: 1, training: true);
        using var optimizer = optim.Adam(copy.parameters(), 1e-4);
        using var batch = new Batch(rand(pictures, 1, size, size), rand([pictures, 4, 1, size, size]).ge(0.7).to(ScalarType.Float32), ones(pictures, 4, 1));
        var equal = full([pictures, 4], 0.25f);

        var (slow, fast) = (new Steps(() => Step(naive, optimizer, batch, equal)), new Steps(() => trainer.Step(batch)));
        for (var i = 0; i <= runs; i++)
        {
            slow.Measure(counts: i > 0);
            fast.Measure(counts: i > 0);
        }

        Console.WriteLine(FormattableString.Invariant(
            $"| {width} | {pictures} of {size} x {size} | {pictures / slow.Median:0.00} | {pictures / fast.Median:0.00} | {slow.Median / fast.Median:0.00} | {slow.PeakMb:0} | {fast.PeakMb:0} |"));
    }

    private static void Step(NaiveNetwork naive, optim.Optimizer optimizer, Batch batch, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var loss = naive.Loss(batch.Images, batch.Masks, expertness);
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
    }

    private sealed class Steps(Action step)
    {
        private readonly List<double> seconds = [];

        public double Median => seconds.Order().ElementAt(seconds.Count / 2);

        public double PeakMb { get; private set; }

        public void Measure(bool counts)
        {
            Machine.ResetPeak();
            var start = Stopwatch.GetTimestamp();
            step();
            if (counts)
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            PeakMb = Machine.PeakMb();
        }
    }
}
