using System.Diagnostics;
using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// Writing the objects of a CT of 300 slices of 512 x 512 pixels: a Segmentation of 60 structures, each on 150 slices (9000
/// frames), a probability, a float map and pictures; opening the 300 files for six tags, and for their pixels. Argument: runs.
/// </summary>
internal static class ObjectsBenchmark
{
    private const int Slices = 300;
    private const int Structures = 60;

    private static readonly DicomTag[] Six = [DicomTag.PatientID, DicomTag.SeriesInstanceUID, DicomTag.SOPInstanceUID, DicomTag.ImagePositionPatient, DicomTag.Rows, DicomTag.RescaleSlope];

    public static void Run(string[] args)
    {
        var runs = args is [var count] ? int.Parse(count) : 5;
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            DicomBenchmark.Write(folder, Slices);
            Console.WriteLine($"{Machine.Describe()}; load {Machine.Load()}\n| what | ms | ms of processor | MB allocated | MB more at the peak |\n|---|---|---|---|---|");
            var files = Directory.GetFiles(folder);
            Measure("open 300 files, six tags", runs, () => Open(files, withPixels: false));
            Measure("open 300 files, pixels", runs, () => Open(files, withPixels: true));
            Objects(DicomSeriesReader.Read([folder]), Path.Combine(folder, "object.tmp"), runs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Objects(DicomSeries series, string path, int runs)
    {
        var (many, one) = (Result(series, Structures), Result(series, 1));
        Measure("SEG, 60 structures, 9000 frames", runs, () => SegmentationWriter.Write(series, many).SaveAs(path));
        Measure("SEG, probability of one structure", runs, () => SegmentationWriter.Probability(series, one).SaveAs(path));
        Measure("label map in RLE", runs, () => SegmentationWriter.Write(series, one, new() { LabelMap = true, Compress = true }).SaveAs(path));
        Measure("float map, 300 slices", runs, () => ParametricMapWriter.Uncertainty(series, one, 0).SaveAs(path));
        Measure("pictures, 300 frames", runs, () => OverlayWriter.Write(series, one).SaveAs(path));
    }

    private static void Open(string[] files, bool withPixels)
    {
        foreach (var file in files)
        {
            var dataset = DicomFile.Open(file, withPixels ? null : new() { StopBefore = DicomTag.PixelData }).Dataset;
            foreach (var tag in Six)
                GC.KeepAlive(dataset.GetString(tag));
            if (withPixels)
                GC.KeepAlive(DicomPixelData.Create(dataset).GetFrame(0));
        }
    }

    /// <summary>All structures are the same ball: what is written does not depend on where it lies, and 60 masks would be 4.7 GB.</summary>
    private static SegmentationResult Result(DicomSeries series, int structures)
    {
        var grid = series.Volume.Grid;
        var maps = new RaterMaps(grid, structures == 1 ? grid.Whole : new VoxelBox(0, 0, 0, 1, 1, 1), [.. Enumerable.Range(1, structures).Select(i => $"S{i}")], ["R1", "R2"]);
        var mask = new byte[grid.Count];
        for (var z = 75; z < 225; z++)
            for (var y = 100; y < 400; y++)
                mask.AsSpan((z * grid.Rows + y) * grid.Columns + 100, 300).Fill(1);
        if (structures == 1)
            for (var i = 0; i < mask.Length; i++)
                (maps.Probability[0][i], maps.Uncertainty[0][i]) = (mask[i] * 0.9f, mask[i] * 0.1f);
        var whole = structures == 1 ? maps : new RaterMaps(grid, grid.Whole, [], []);
        return new()
        {
            Maps = whole,
            Structures = [.. maps.Structures.Select(label => new Structure { Label = label, Category = new("91723000", "SCT", "Anatomical Structure"), Type = new("10200004", "SCT", "Liver"), Color = 0xFF0000 })],
            Masks = [.. maps.Structures.Select(_ => mask)],
            Measurements = [],
            Provenance = new()
            {
                ModelId = "benchmark",
                ModelVersion = "1",
                WeightsSha256 = new('0', 64),
                Raters = ["R1", "R2"],
                Expertness = [0.5f, 0.5f],
                ExpertnessIsUsers = false,
                Threshold = 0.5,
                Preparation = "none",
                Device = "cpu",
                SoftwareVersion = "0",
                Created = DateTimeOffset.UnixEpoch,
                Seconds = 0,
            },
        };
    }

    private static void Measure(string what, int runs, Action work)
    {
        work();
        var (wall, cpu, allocated, peak) = (new List<double>(), new List<double>(), 0L, 0L);
        for (var run = 0; run < runs; run++)
        {
            using var process = Process.GetCurrentProcess();
            var (held, before, bytes, clock) = (process.WorkingSet64, process.TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.StartNew());
            using (var watch = new Timer(_ => peak = Math.Max(peak, Environment.WorkingSet - held), null, 0, 5))
                work();
            wall.Add(clock.Elapsed.TotalMilliseconds);
            process.Refresh();
            cpu.Add((process.TotalProcessorTime - before).TotalMilliseconds);
            allocated = GC.GetTotalAllocatedBytes() - bytes;
        }

        Console.WriteLine(FormattableString.Invariant($"| {what} | {Median(wall):0} | {Median(cpu):0} | {allocated / 1e6:0} | {peak / 1e6:0} |"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
