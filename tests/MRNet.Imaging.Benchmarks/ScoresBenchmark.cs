using System.Diagnostics;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Benchmarks;

/// <summary>A whole task of the QUBIQ challenge, made up: 50 cases of 640 x 640 with 6 raters, everything scored.</summary>
internal static class ScoresBenchmark
{
    private const int Cases = 50, Side = 640, Raters = 6;

    public static void Run(string[] args)
    {
        var runs = args is [var count] ? int.Parse(count) : 5;
        var cases = Enumerable.Range(0, Cases).Select(Case).ToArray();
        Console.WriteLine($"{Machine.Processor()}, {Environment.ProcessorCount} cores, load {Machine.Load()}");

        double[] seconds = [.. Enumerable.Range(0, runs + 1).Select(_ => Seconds(cases)).Skip(1).Order()];
        Console.WriteLine(FormattableString.Invariant(
            $"{Cases} cases of {Side} x {Side}, {Raters} raters, everything scored: {seconds[runs / 2]:0.00} s ({runs} runs, median; {seconds[0]:0.00} to {seconds[^1]:0.00})"));
    }

    private static double Seconds(CaseToScore[] cases)
    {
        var clock = Stopwatch.StartNew();
        TaskScores.Of("made up", cases, new(), CancellationToken.None);
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>A disc that each rater draws a little larger or smaller, and a network unsure along its edge.</summary>
    private static CaseToScore Case(int number)
    {
        var random = new Random(number);
        var (x, y, radius) = (250 + random.Next(140), 250 + random.Next(140), 60.0 + random.Next(120));
        float[] distance = [.. Enumerable.Range(0, Side * Side).Select(i => (float)(radius - Math.Sqrt((i % Side - x) * (i % Side - x) + (i / Side - y) * (i / Side - y))))];
        byte[][] masks = [.. Enumerable.Range(0, Raters).Select(rater => distance.Select(d => (byte)(d > 6 * (rater - 2.5) ? 1 : 0)).ToArray())];
        return new($"case{number}", [.. distance.Select(d => 1 / (1 + MathF.Exp(-d / 6 + (float)random.NextDouble() - 0.5f)))], masks)
        {
            Samples = masks,
            VoxelMm3 = 1,
        };
    }
}
