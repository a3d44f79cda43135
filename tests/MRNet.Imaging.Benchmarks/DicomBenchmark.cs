using System.Diagnostics;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Benchmarks;

/// <summary>Reading a CT series of 300 slices of 512 x 512 pixels: headers alone, and all of it as a volume.</summary>
internal static class DicomBenchmark
{
    private const int Slices = 300;

    public static void Run(string[] args)
    {
        var runs = args is [var count] ? int.Parse(count) : 5;
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            Write(folder, Slices);
            Console.WriteLine(Machine.Describe());
            Measure("scan headers", runs, () => DicomSeriesReader.Scan([folder]));
            Measure("read volume", runs, () => DicomSeriesReader.Read([folder]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static void Write(string folder, int slices)
    {
        var grid = new Grid(512, 512, slices) { SpacingMm = new(0.7, 0.7, 1) };
        var samples = new float[grid.Count];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = i * 31 % 2000 - 1000;
        DicomImageWriter.WriteFolder(new Volume(grid, samples) { Modality = "CT" }, folder, ImageIdentity.Anonymous(new WriterOptions().NewUid));
    }

    private static void Measure(string what, int runs, Func<object> work)
    {
        work(); // once for the compiler and the disk cache
        var (wall, cpu, allocated) = (new List<double>(), new List<double>(), 0L);
        for (var run = 0; run < runs; run++)
        {
            using var process = Process.GetCurrentProcess();
            var (before, bytes, clock) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.StartNew());
            GC.KeepAlive(work());
            process.Refresh();
            wall.Add(clock.Elapsed.TotalMilliseconds);
            cpu.Add((process.TotalProcessorTime - before).TotalMilliseconds);
            allocated = GC.GetTotalAllocatedBytes() - bytes;
        }

        Console.WriteLine(FormattableString.Invariant($"{what,-14} {Median(wall),7:0} ms, {Median(cpu),6:0} ms of processor, {allocated / 1e6,5:0} MB allocated ({runs} runs, medians)"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
