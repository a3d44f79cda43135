using System.Diagnostics;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// Other rater weights for an image whose features are kept, against a run without anything kept; turns interleaved, each
/// with weights of its own. Arguments: slices, turns.
/// </summary>
internal static class ReweightBenchmark
{
    public static void Run(string[] args)
    {
        var slices = args is [var count, ..] ? int.Parse(count) : 6;
        var turns = args is [_, var number] ? int.Parse(number) : 5;
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}; medians of {turns} turns");
            var bundled = new ModelStore(ModelStore.Bundled).Find("ct-lung-nodule");
            foreach (var depth in new[] { 1, slices })
                Compare($"full width, 256 x 256, slices: {depth}", FullWidth(bundled.Descriptor, Path.Combine(folder, "full.safetensors")), 256, depth, turns);
            foreach (var depth in new[] { 1, 10 * slices })
                Compare($"ct-lung-nodule, 128 x 128, slices: {depth}", bundled, 128, depth, turns);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(string title, StoredModel stored, int size, int slices, int turns)
    {
        using var model = LoadedModel.Load(stored);
        using var memory = new SessionMemory<string, Volume>(8L << 30, TimeSpan.FromHours(1), TimeProvider.System);
        var segmenter = new Segmenter(model, TimeProvider.System);
        var session = memory.Add("one", Noise(size, slices), 0);
        var weights = 0;
        void Ask(SliceMemory? kept, Quality quality, params int[] of)
        {
            var run = segmenter.Begin(session.Image, new() { Quality = quality, Expertness = [++weights, 1, 1, 1] }, kept);
            run.Compute(of.Length > 0 ? of : run.Slices, null, CancellationToken.None);
            if (of.Length > 0)
                run.Part(of[0], of.Length, 0);
            else
                run.Result(0);
        }

        (string Name, Action Work)[] ways =
        [
            ("full run, nothing kept", () => Ask(null, Quality.Full)),
            ("coarse, the slice on the screen", () => Ask(session.Memory, Quality.Preview, 0)),
            ("coarse, all slices", () => Ask(session.Memory, Quality.Preview)),
            ("refined, the slice on the screen", () => Ask(session.Memory, Quality.Full, 0)),
            ("refined, all slices", () => Ask(session.Memory, Quality.Full)),
            ("full run, features being kept", () => { memory.Release("one"); session = memory.Add("one", session.Image, 0); Ask(session.Memory, Quality.Full); }),
            ("another threshold", () => segmenter.Begin(session.Image, new() { Expertness = [weights, 1, 1, 1], Threshold = 0.3 }, session.Memory).Result(0)),
        ];
        Ask(session.Memory, Quality.Full);

        var seconds = ways.Select(_ => new List<double>()).ToArray();
        for (var turn = 0; turn <= turns; turn++) // the first is not counted
            for (var way = 0; way < ways.Length; way++)
                if (Timed(ways[way].Work) is var took && turn > 0)
                    seconds[way].Add(took);

        Console.WriteLine(FormattableString.Invariant($"{title}; kept {memory.Bytes / 1e6 / slices:0.0} MB a slice; load {Machine.Load()}\n| answer | ms | of a full run |\n|---|---|---|"));
        for (var way = 0; way < ways.Length; way++)
            Console.WriteLine(FormattableString.Invariant($"| {ways[way].Name} | {1000 * Median(seconds[way]):0.0} | {Median(seconds[way]) / Median(seconds[0]):0.00} |"));
    }

    /// <summary>The published network's width, with random weights, resampling to 256 x 256.</summary>
    private static StoredModel FullWidth(ModelDescriptor bundled, string path)
    {
        using var network = new MultiRaterNetwork(bundled.Network with { Width = 64 });
        var descriptor = bundled with { Id = "full", Network = network.Options, Preparation = bundled.Preparation with { Framing = Framing.Resize, Size = 256, NeedsRegion = false } };
        NetworkWeights.Save(network, path, descriptor.ToMetadata());
        return new(descriptor, path);
    }

    private static Volume Noise(int size, int slices)
    {
        var random = new Random(1);
        var grid = new Grid(size, size, slices) { SpacingMm = new(0.7, 0.7, 2) };
        return new(grid, [.. Enumerable.Range(0, (int)grid.Count).Select(_ => (float)(random.NextDouble() * 1000 - 500))], 1) { Modality = "CT" };
    }

    private static double Timed(Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
