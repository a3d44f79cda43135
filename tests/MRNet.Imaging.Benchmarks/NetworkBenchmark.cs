using System.Diagnostics;
using System.Globalization;
using MRNet.Imaging.Model;
using MRNet.Imaging.Torch.Tests.Model;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// The product's network against <see cref="NaiveNetwork"/>, same weights (the parity kit's), full width, 256 x 256, batch
/// 1; runs take turns in one process, so that the load of the machine meets both. Arguments: how many runs of each, and how many threads.
/// </summary>
internal static class NetworkBenchmark
{
    public static void Run(string[] arguments)
    {
        var runs = arguments is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 7;
        if (arguments is [_, var threads])
            set_num_threads(int.Parse(threads, CultureInfo.InvariantCulture));
        using var scope = NewDisposeScope();
        using var off = inference_mode();
        using var network = new MultiRaterNetwork(NetworkOptions.Published(raters: 6, structures: 2, channels: 3));
        ParityKit.Fill(network);
        network.eval();
        var naive = new NaiveNetwork(network.state_dict(), raters: 6, structures: 2);
        var (image, expertness) = (ParityKit.Images().narrow(0, 0, 1), full([1, 6], 1f / 6));

        Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}");
        Console.WriteLine($"largest relative difference of the refined logits: {Difference(network, naive, image, expertness):0.0e+0}");
        var naivePeak = Peak(() => naive.Refined(image, expertness));
        var productPeak = Peak(() => network.call(image, expertness));
        var (naiveMs, productMs) = Interleaved(runs, () => naive.Refined(image, expertness), () => network.call(image, expertness));

        Console.WriteLine(FormattableString.Invariant($"load after {Machine.Load()}; medians of {runs}"));
        Console.WriteLine("| variant | ms | against naive | peak RSS MB |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine(FormattableString.Invariant($"| naive port, published order | {naiveMs:0} | 1 | {naivePeak:0} |"));
        Console.WriteLine(FormattableString.Invariant($"| product | {productMs:0} | {naiveMs / productMs:0.0} | {productPeak:0} |"));
    }

    private static double Difference(MultiRaterNetwork network, NaiveNetwork naive, Tensor image, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var wanted = naive.Refined(image, expertness);
        return ((network.call(image, expertness).Refined - wanted).abs().max() / wanted.abs().max()).item<float>();
    }

    private static double Peak(Action pass)
    {
        Machine.ResetPeak();
        Milliseconds(pass);
        return Machine.PeakMb();
    }

    private static (double First, double Second) Interleaved(int runs, Action first, Action second)
    {
        var (a, b) = (new List<double>(), new List<double>());
        for (var i = 0; i < runs; i++)
        {
            a.Add(Milliseconds(first));
            b.Add(Milliseconds(second));
        }

        return (Median(a), Median(b));
    }

    private static double Milliseconds(Action pass)
    {
        using var scope = NewDisposeScope();
        var start = Stopwatch.GetTimestamp();
        pass();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
