using System.Diagnostics;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Files;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// A CT series of 512 x 512 pixels from files to all files of its result: a region of 128 x 128 pixels in windows and whole
/// slices resampled to 256 x 256 with the bundled model (width 16), and a sixth of the slices at full width. The network alone
/// is as many passes without anything around them; turns interleaved. Arguments: slices, turns.
/// </summary>
internal static class SeriesBenchmark
{
    public static void Run(string[] args)
    {
        var slices = args is [var count, ..] ? int.Parse(count) : 300;
        var turns = args is [_, var number] ? int.Parse(number) : 3;
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}; {turns} turns");
            var (series, few) = (Path.Combine(folder, "series"), Path.Combine(folder, "few"));
            DicomBenchmark.Write(Directory.CreateDirectory(series).FullName, slices);
            DicomBenchmark.Write(Directory.CreateDirectory(few).FullName, slices / 6);
            var bundled = new ModelStore(ModelStore.Bundled).Find("ct-lung-nodule");
            var whole = bundled.Descriptor with { Preparation = bundled.Descriptor.Preparation with { Framing = Framing.Resize, Size = 256, NeedsRegion = false } };
            Measure($"width 16, region 128 x 128, {slices} slices", bundled, series, turns, Region.OfVoxels(new(192, 192, 0, 128, 128, slices)));
            Measure($"width 16, 512 x 512 resampled to 256 x 256, {slices} slices", bundled with { Descriptor = whole }, series, turns, null);
            Measure($"full width, 512 x 512 resampled to 256 x 256, {slices / 6} slices", FullWidthModel.Save(Path.Combine(folder, "full.safetensors")), few, turns, null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(string title, StoredModel stored, string folder, int turns, Region? region)
    {
        using var model = LoadedModel.Load(stored);
        var request = new SegmentationRequest { Region = region };
        var steps = new Steps();
        for (var turn = 0; turn <= turns; turn++)
        {
            steps.Counts = turn > 0; // the first is for the compiler
            Turn(steps, model, folder, request);
        }

        Console.WriteLine($"{title}; load {Machine.Load()}\n| step | s | processor s |\n|---|---|---|");
        steps.Print();
        Console.WriteLine(FormattableString.Invariant(
            $"network's share: of segmenting {100 * steps.Seconds(Network) / steps.Seconds("segment"):0} %, of all {100 * steps.Seconds(Network) / steps.Seconds(Whole):0} %"));
    }

    private const string Network = "the network alone";
    private const string Whole = "read, segment and write, overlapping";

    private static void Turn(Steps steps, LoadedModel model, string folder, SegmentationRequest request)
    {
        var segmenter = new Segmenter(model, TimeProvider.System);
        var series = steps.Take("read", () => DicomSeriesReader.Read([folder]));
        var image = new LoadedImage(series.Volume, series, "series");
        steps.Take(Network, () => Passes(model, series.Volume.Grid.Slices));
        var result = steps.Take("segment", () => segmenter.Segment(image.Volume, request, null, CancellationToken.None));
        foreach (var format in Enum.GetValues<ResultFormat>())
            Into(folder + "-out", [format], files => steps.Take($"write {format}", () => files.Write(image, result, CancellationToken.None)));
        Into(folder + "-out", Enum.GetValues<ResultFormat>(), files => steps.Take(Whole, () =>
        {
            var again = DicomSeriesReader.Read([folder]);
            using var writing = files.Begin(new(again.Volume, again, "series"));
            return writing.Finish(segmenter.Segment(again.Volume, request, null, writing.Begin, CancellationToken.None), CancellationToken.None);
        }));
    }

    private static void Into(string folder, ResultFormat[] formats, Action<ResultFiles> write)
    {
        write(new ResultFiles(folder, formats, new(), overwrite: true));
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>As many passes as slices, as the segmenter deals them: one thread for each lane.</summary>
    private static double Passes(LoadedModel model, int slices)
    {
        var (options, size) = (model.Descriptor.Network, model.Descriptor.Preparation.Size);
        var left = slices;
        return Lanes.Run(ComputeThreads.Processor.Count, 1, () =>
        {
            using var scope = NewDisposeScope();
            var (image, expertness) = (rand(1, options.Channels, size, size), full([1, options.Raters], 1f / options.Raters));
            while (Interlocked.Decrement(ref left) >= 0)
                model.Network.Run(image, expertness).Dispose();
        });
    }

    /// <summary>Medians of what each step took, in the order in which they came.</summary>
    private sealed class Steps
    {
        private readonly List<(string Name, double Seconds, double Processor)> taken = [];

        public bool Counts { get; set; }

        public T Take<T>(string name, Func<T> work)
        {
            var (clock, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            var value = work();
            if (Counts)
                taken.Add((name, clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds));
            return value;
        }

        public double Seconds(string name) => Median(name, step => step.Seconds);

        public void Print()
        {
            foreach (var name in taken.Select(step => step.Name).Distinct())
                Console.WriteLine(FormattableString.Invariant($"| {name} | {Seconds(name):0.00} | {Median(name, step => step.Processor):0.00} |"));
        }

        private double Median(string name, Func<(string Name, double Seconds, double Processor), double> of) =>
            taken.Where(step => step.Name == name).Select(of).Order().ElementAt(taken.Count(step => step.Name == name) / 2);
    }
}
