using System.Diagnostics;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Benchmarks;

/// <summary>What is done around the network, on one thread: one slice of 512 x 512 pixels before and after it, and a result of 100 such slices. Argument: runs.</summary>
internal static class PreparationBenchmark
{
    private static readonly Volume Scan = Series(slices: 100);
    private static readonly ModelDescriptor Model = new ModelStore(ModelStore.Bundled).Find("ct-lung-nodule").Descriptor;

    public static void Run(string[] args)
    {
        var runs = args is [var count] ? int.Parse(count) : 7;
        Console.WriteLine($"{Machine.Describe()}; load {Machine.Load()}\n| step | ms |\n|---|---|");
        Slice(runs);
        Result(runs);
    }

    private static void Slice(int runs)
    {
        var input = new float[512 * 512];
        var (extremes, percentiles) = (Preparer(0, 100), Preparer(1, 99));
        var box = Scan.Grid.Whole;
        var (smaller, maps) = (new Resampling(512, 512, 256, 256), new float[6 * 256 * 256]);
        var one = new RaterMaps(Scan.Grid, box with { Slices = 1 }, ["one"], ["1", "2", "3", "4"]);
        var windows = new WindowedLook(Scan, one.Box, Model);

        Measure("slice to the network: 256 x 256, lowest to highest", runs, () => extremes.Fill(0, box, smaller, input));
        Measure("slice to the network: 512 x 512, percentiles", runs, () => percentiles.Fill(0, new Window(0, 0, 512), input));
        Measure("slice back: 6 maps, 256 x 256 to 512 x 512", runs, () =>
        {
            for (var m = 0; m < 6; m++)
                smaller.Inverse().Apply(maps.AsSpan(m * 256 * 256, 256 * 256), new SliceOfMaps(one, 0)[m]);
        });
        Measure($"slice back: 6 maps of {windows.Views} windows of 128 x 128", runs, () =>
        {
            for (var view = 0; view < windows.Views; view++)
                windows.Lay(view, maps.AsSpan(0, 6 * 128 * 128), new SliceOfMaps(one, 0));
        });
    }

    private static void Result(int runs)
    {
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        DicomBenchmark.Write(folder, Scan.Grid.Slices);
        var source = DicomSeriesReader.Read([folder]);
        Directory.Delete(folder, recursive: true);
        var maps = new RaterMaps(Scan.Grid, Scan.Grid.Whole, ["one"], ["1", "2", "3", "4"]);
        for (var i = 0; i < maps.Probability[0].Length; i++)
            maps.Probability[0][i] = maps.RaterProbability[0][0][i] = i % 512 / 512f;
        var mask = Masks.AtLeast(maps.Probability[0], 0.5);
        var result = new SegmentationResult { Maps = maps, Structures = Model.Structures, Masks = [mask], Measurements = [], Provenance = Made() };

        Measure("percentiles of the volume", runs, () => _ = new SlicePreparer(Scan, Model.Preparation with { Range = IntensityRange.VolumePercentiles, Low = 1, High = 99 }));
        Measure("mask of 100 slices", runs, () => Masks.AtLeast(maps.Probability[0], 0.5));
        Measure("measurements of 100 slices", runs, () => Measuring.Of(maps, 0, mask, 0.5));
        Measure("DICOM Segmentation of 100 slices, without the file", runs, () => SegmentationWriter.Write(source, result));
        Measure("DICOM Parametric Map of 100 slices, without the file", runs, () => ParametricMapWriter.Probability(source, result, 0));
    }

    private static SlicePreparer Preparer(double low, double high) =>
        new(Scan, Model.Preparation with { Range = IntensityRange.SlicePercentiles, Low = low, High = high });

    private static Volume Series(int slices)
    {
        var random = new Random(1);
        var grid = new Grid(512, 512, slices) { SpacingMm = new(0.7, 0.7, 1) };
        return new(grid, [.. Enumerable.Range(0, (int)grid.Count).Select(_ => (float)random.Next(-1000, 1000))]) { Modality = "CT" };
    }

    private static Provenance Made() => new()
    {
        ModelId = "some",
        ModelVersion = "1",
        WeightsSha256 = new('0', 64),
        Raters = ["1", "2", "3", "4"],
        Expertness = [0.25f, 0.25f, 0.25f, 0.25f],
        ExpertnessIsUsers = false,
        Threshold = 0.5,
        Preparation = "resize 256",
        Device = "cpu",
        SoftwareVersion = "0",
        Created = TimeProvider.System.GetLocalNow(),
        Seconds = 1,
    };

    private static void Measure(string what, int runs, Action work)
    {
        work();
        var times = new List<double>();
        for (var run = 0; run < runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Console.WriteLine(FormattableString.Invariant($"| {what} | {times.Order().ElementAt(runs / 2):0.00} |"));
    }
}
