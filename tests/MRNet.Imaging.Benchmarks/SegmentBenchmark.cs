using System.Diagnostics;

namespace MRNet.Imaging.Benchmarks;

/// <summary>The first command of README.md as a whole process: from start to the last file, and its peak memory.</summary>
internal static class SegmentBenchmark
{
    public static void Run(string[] args)
    {
        var runs = args is [var count] ? int.Parse(count) : 5;
        var root = Root(AppContext.BaseDirectory);
        var program = Path.Combine(root, "src", "MRNet.Imaging.Cli", "bin", "Release", "net10.0", OperatingSystem.IsWindows() ? "mrnet.exe" : "mrnet");
        var output = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            Console.WriteLine(Machine.Describe());
            var results = Enumerable.Range(0, runs + 1).Select(_ => Once(program, Path.Combine(root, "testdata", "ct-nodule"), output)).Skip(1).ToArray();
            Console.WriteLine(FormattableString.Invariant(
                $"segment testdata/ct-nodule: {Median(results.Select(r => r.Seconds)):0.00} s, {Median(results.Select(r => r.Peak)) / 1e6:0} MB at most ({runs} runs, medians)"));
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static (double Seconds, double Peak) Once(string program, string series, string output)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, ["segment", series, "--out", output, "--overwrite", "--quiet"]))!;
        var peak = 0L;
        while (!process.WaitForExit(10))
        {
            process.Refresh();
            peak = Math.Max(peak, process.HasExited ? 0 : process.PeakWorkingSet64);
        }

        return process.ExitCode == 0 ? (clock.Elapsed.TotalSeconds, peak) : throw new InvalidOperationException($"mrnet ended with {process.ExitCode}.");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static string Root(string folder) => File.Exists(Path.Combine(folder, "MRNet.Imaging.sln")) ? folder : Root(Path.GetDirectoryName(folder)!);
}
