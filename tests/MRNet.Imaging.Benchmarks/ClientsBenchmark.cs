using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Torch.Tests.Model;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// Two clients of one model, single slices: one after the other with all threads, at the same time with one thread each,
/// and at the same time with all threads each; turns interleaved. Arguments: slices of each client, turns.
/// </summary>
internal static class ClientsBenchmark
{
    public static void Run(string[] args)
    {
        var slices = args is [var count, ..] ? int.Parse(count) : 6;
        var turns = args is [_, var number] ? int.Parse(number) : 3;
        Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}; {turns} turns of 2 x {slices} slices");
        Compare("full width, 256 x 256", NetworkOptions.Published(raters: 6, structures: 2, channels: 3), 256, slices, turns);
        Compare("width 16, 128 x 128", NetworkOptions.Paper(raters: 4, structures: 1, channels: 1, width: 16), 128, 10 * slices, turns);
    }

    private static void Compare(string title, NetworkOptions options, int size, int slices, int turns)
    {
        using var scope = NewDisposeScope();
        using var plain = new MultiRaterNetwork(options);
        if (options.Width == 64)
            ParityKit.Fill(plain);
        plain.eval();
        using var network = InferenceNetwork.TakeOver(plain);
        var (image, expertness) = (rand(1, options.Channels, size, size), full([1, options.Raters], 1f / options.Raters));
        void Slices(int count)
        {
            for (var i = 0; i < count; i++)
                network.Run(image, expertness).Dispose();
        }

        var cores = Environment.ProcessorCount;
        (string Name, Func<double> Turn)[] ways =
        [
            ($"one after the other, {cores} threads", () => Lanes.Run(1, cores, () => Slices(2 * slices))),
            ("at the same time, 1 thread each", () => Lanes.Run(2, 1, () => Slices(slices))),
            ($"at the same time, {cores} threads each", () => Lanes.Run(2, cores, () => Slices(slices))),
        ];

        var seconds = ways.Select(_ => new List<double>()).ToArray();
        for (var turn = 0; turn <= turns; turn++) // the first is not counted
            for (var way = 0; way < ways.Length; way++)
                if (ways[way].Turn() is var took && turn > 0)
                    seconds[way].Add(took);

        Console.WriteLine($"{title}\n| two clients | images/s | times the first |\n|---|---|---|");
        for (var way = 0; way < ways.Length; way++)
            Console.WriteLine(FormattableString.Invariant($"| {ways[way].Name} | {2 * slices / Median(seconds[way]):0.00} | {Median(seconds[0]) / Median(seconds[way]):0.00} |"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
