using System.Diagnostics;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// Whole processes, from start to the last file, and their peak memory: the first command of README.md, its first slice alone
/// (start to first result), and one slice of a full-width model of 325 MB.
/// </summary>
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
            var (series, model) = (Path.Combine(root, "testdata", "ct-nodule"), Path.Combine(output, "full.safetensors"));
            string[] slice = ["--region", "box:0,0,4,128,128,1", "--format", "json"];
            FullWidthModel.Save(model);
            Measure("testdata/ct-nodule, all files", runs, program, output, [series]);
            Measure("one slice, bundled model", runs, program, output, [series, .. slice]);
            Measure("one slice, full width", runs, program, output, [series, .. slice, "--model", model]);
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static void Measure(string what, int runs, string program, string output, string[] arguments)
    {
        var results = Enumerable.Range(0, runs + 1).Select(_ => Once(program, output, arguments)).ToArray();
        Console.WriteLine(FormattableString.Invariant(
            $"segment {what}: {Median(results.Skip(1).Select(r => r.Seconds)):0.00} s (the first time {results[0].Seconds:0.00} s), {Median(results.Skip(1).Select(r => r.Peak)) / 1e6:0} MB at most ({runs} runs, medians)"));
    }

    private static (double Seconds, double Peak) Once(string program, string output, string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, ["segment", .. arguments, "--out", output, "--overwrite", "--quiet"]))!;
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
