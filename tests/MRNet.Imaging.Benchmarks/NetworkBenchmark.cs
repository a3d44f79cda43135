using System.Diagnostics;
using System.Globalization;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Torch.Tests.Model;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// The product's networks against <see cref="NaiveNetwork"/>, same weights (the parity kit's), full width, 256 x 256, batch
/// 1 and 8, and the width of the bundled models at 128 x 128; runs take turns in one process, so that the load of the machine
/// meets all. Arguments: how many runs of each, and how many threads.
/// </summary>
internal static class NetworkBenchmark
{
    public static void Run(string[] arguments)
    {
        var runs = arguments is [var count, ..] ? int.Parse(count, CultureInfo.InvariantCulture) : 7;
        if (arguments is [_, var threads])
            set_num_threads(int.Parse(threads, CultureInfo.InvariantCulture));
        using var off = inference_mode();

        Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}; medians of {runs}");
        var (single, half) = (Gemm.Peak(ScalarType.Float32), Gemm.Peak(ScalarType.BFloat16));
        Console.WriteLine(FormattableString.Invariant($"matrix products of 2048 x 2048: float32 {single:0} GFLOP/s, bfloat16 {half:0} GFLOP/s"));
        FullWidth(runs, batch: 1, single, half);
        FullWidth(Math.Max(1, runs / 3), batch: 8, single, half);
        Narrow(runs);
        Console.WriteLine($"load after {Machine.Load()}");
    }

    private static void FullWidth(int runs, int batch, double single, double lower)
    {
        using var scope = NewDisposeScope();
        using var network = new MultiRaterNetwork(NetworkOptions.Published(raters: 6, structures: 2, channels: 3));
        ParityKit.Fill(network);
        network.eval();
        using var folded = InferenceNetwork.Of(network);
        using var half = folded.Path == InferencePath.Packed ? InferenceNetwork.Of(network, InferencePath.PackedBFloat16) : InferenceNetwork.Of(network);
        var naive = new NaiveNetwork(network.state_dict(), raters: 6, structures: 2);
        var (image, expertness) = (ParityKit.Images().narrow(0, 0, 1).repeat(batch, 1, 1, 1), full([batch, 6], 1f / 6));
        var maps = folded.Encode(image);

        Console.WriteLine($"full width, 256 x 256, batch {batch}, {folded.Path}; largest relative difference of the refined logits: {Difference(folded, naive, image, expertness):0.0e+0}");
        Console.WriteLine($"{half.Path} against {folded.Path}, largest difference: {Deviation(half, folded, image, expertness)}");
        var (published, own) = (Work.Of(naive, image, expertness), Work.Of(folded, image, expertness));
        Print(Interleaved(
            runs,
            new("naive port, published order", () => naive.Refined(image, expertness), published, single),
            new("network as trained", () => network.call(image, expertness)),
            new("folded network", () => folded.Run(image, expertness), own, single),
            new("folded network, one picture after another", () => OneByOne(folded, image, expertness), own, single),
            new($"folded network, {half.Path}", () => half.Run(image, expertness), own, lower),
            new("folded, maps kept, new weights", () => folded.Run(image, maps, expertness)),
            new("folded, maps kept, coarse", () => folded.RunCoarse(maps, expertness))));
    }

    private static void Narrow(int runs)
    {
        using var scope = NewDisposeScope();
        using var network = new MultiRaterNetwork(NetworkOptions.Paper(raters: 4, structures: 1, channels: 1, width: 16));
        network.eval();
        using var folded = InferenceNetwork.Of(network);
        var (image, expertness) = (randn(1, 1, 128, 128), full([1, 4], 1f / 4));

        Console.WriteLine($"width 16, 128 x 128, {folded.Path}");
        Print(Interleaved(
            runs,
            new("network as trained", () => network.call(image, expertness)),
            new("folded network", () => folded.Run(image, expertness))));
    }

    private static void OneByOne(InferenceNetwork network, Tensor image, Tensor expertness)
    {
        for (var i = 0; i < image.size(0); i++)
            network.Run(image.narrow(0, i, 1), expertness.narrow(0, i, 1)).Dispose();
    }

    private static double Difference(InferenceNetwork network, NaiveNetwork naive, Tensor image, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var wanted = naive.Refined(image, expertness);
        return ((network.Run(image, expertness).Refined - wanted).abs().max() / wanted.abs().max()).item<float>();
    }

    private static string Deviation(InferenceNetwork network, InferenceNetwork exact, Tensor image, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var (found, wanted) = (network.Run(image, expertness), exact.Run(image, expertness));
        double Largest(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
        return FormattableString.Invariant(
            $"probability {Largest(found.Refined.sigmoid(), wanted.Refined.sigmoid()):0.0e+0}, raters' {Largest(found.Raters.sigmoid(), wanted.Raters.sigmoid()):0.0e+0}, U {Largest(found.Uncertainty, wanted.Uncertainty):0.0e+0}, pixels that change sides {100 * (found.Refined > 0).ne(wanted.Refined > 0).to(ScalarType.Float32).mean().item<float>():0.000} %");
    }

    /// <summary>The first run of each is not counted.</summary>
    private static Variant[] Interleaved(int runs, params Variant[] variants)
    {
        for (var i = 0; i <= runs; i++)
            foreach (var variant in variants)
                variant.Measure(counts: i > 0);
        return variants;
    }

    private static void Print(Variant[] variants)
    {
        Console.WriteLine("| variant | ms | times the first | GFLOP/s | of the matrix product's | peak RSS MB |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var variant in variants)
            Console.WriteLine(FormattableString.Invariant($"| {variant.Name} | {variant.Median:0.0} | {variants[0].Median / variant.Median:0.0} | {variant.Rate} | {variant.PeakMb:0} |"));
    }

    /// <param name="work">Operations of a pass; 0 where they are not counted.</param>
    /// <param name="peak">GFLOP/s of a matrix product in its precision.</param>
    private sealed class Variant(string name, Action pass, double work = 0, double peak = 1)
    {
        private readonly List<double> milliseconds = [];

        public string Name => name;

        public double Median => milliseconds.Order().ElementAt(milliseconds.Count / 2);

        public double PeakMb { get; private set; }

        public string Rate => work == 0 ? "| " : FormattableString.Invariant($"{work / Median / 1e6:0} | {100 * work / Median / 1e6 / peak:0} %");

        public void Measure(bool counts)
        {
            using var scope = NewDisposeScope();
            Machine.ResetPeak();
            var start = Stopwatch.GetTimestamp();
            pass();
            if (counts)
                milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            PeakMb = Machine.PeakMb();
        }
    }
}
