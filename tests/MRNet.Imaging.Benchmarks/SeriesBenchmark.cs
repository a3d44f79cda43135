using System.Diagnostics;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// A CT series of 300 slices of 512 x 512 pixels from files to files, step by step, with the bundled model: a region of
/// 128 x 128 pixels in windows, and whole slices resampled to 256 x 256. The network's share is the time of as many passes
/// without anything around them. Argument: slices.
/// </summary>
internal static class SeriesBenchmark
{
    public static void Run(string[] args)
    {
        var slices = args is [var count] ? int.Parse(count) : 300;
        var folder = Directory.CreateTempSubdirectory("mrnet-bench-").FullName;
        try
        {
            Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}");
            DicomBenchmark.Write(folder, slices);
            var bundled = new ModelStore(ModelStore.Bundled).Find("ct-lung-nodule");
            var whole = bundled.Descriptor with { Preparation = bundled.Descriptor.Preparation with { Framing = Framing.Resize, Size = 256, NeedsRegion = false } };
            Measure($"region 128 x 128, {slices} slices", bundled, folder, Region.OfVoxels(new(192, 192, 0, 128, 128, slices)));
            Measure($"512 x 512 resampled to 256 x 256, {slices} slices", bundled with { Descriptor = whole }, folder, null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(string title, StoredModel stored, string folder, Region? region)
    {
        var (series, reading) = Timed(() => DicomSeriesReader.Read([folder]));
        var (model, loading) = Timed(() => LoadedModel.Load(stored));
        using (model)
        {
            var segmenter = new Segmenter(model, TimeProvider.System);
            var request = new SegmentationRequest { Region = region };
            segmenter.Segment(series.Volume, request with { Region = Region.OfVoxels(new(192, 192, 0, 128, 128, 4)) }, null, CancellationToken.None); // once for the compiler
            var (result, segmenting, network) = Interleaved(segmenter, model, series.Volume, request);

            Console.WriteLine($"{title}\n| step | s |\n|---|---|");
            Row("read the series", reading);
            Row("load the model", loading);
            Row("segment", segmenting);
            Row("  of which the network", network);
            foreach (var (name, write) in Files(series, result, folder + "-out"))
                Row(name, Timed(() => { write(); return 0; }).Seconds);
            Directory.Delete(folder + "-out", recursive: true);
            Console.WriteLine(FormattableString.Invariant($"network's share of segmenting: {100 * network / segmenting:0} %; load {Machine.Load()}"));
        }
    }

    /// <summary>Medians of three turns.</summary>
    private static (SegmentationResult Result, double Segmenting, double Network) Interleaved(Segmenter segmenter, LoadedModel model, Volume volume, SegmentationRequest request)
    {
        var (result, segmenting, network) = (default(SegmentationResult), new List<double>(), new List<double>());
        for (var turn = 0; turn < 3; turn++)
        {
            network.Add(Network(model, volume.Grid.Slices));
            (result, var seconds) = Timed(() => segmenter.Segment(volume, request, null, CancellationToken.None));
            segmenting.Add(seconds);
        }

        return (result!, segmenting.Order().ElementAt(1), network.Order().ElementAt(1));
    }

    private static void Row(string what, double seconds) => Console.WriteLine(FormattableString.Invariant($"| {what} | {seconds:0.00} |"));

    private static (T Value, double Seconds) Timed<T>(Func<T> work)
    {
        var clock = Stopwatch.StartNew();
        return (work(), clock.Elapsed.TotalSeconds);
    }

    /// <summary>As many passes as slices, as the segmenter deals them: one thread for each lane.</summary>
    private static double Network(LoadedModel model, int slices)
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

    private static IEnumerable<(string Name, Action Write)> Files(DicomSeries series, SegmentationResult result, string folder)
    {
        Directory.CreateDirectory(folder);
        string At(string name) => Path.Combine(folder, name);
        yield return ("write segmentation.dcm", () => SegmentationWriter.Write(series, result).SaveAs(At("segmentation.dcm")));
        yield return ("write probability.dcm", () => ParametricMapWriter.Probability(series, result, 0).SaveAs(At("probability.dcm")));
        yield return ("write uncertainty.dcm", () => ParametricMapWriter.Uncertainty(series, result, 0).SaveAs(At("uncertainty.dcm")));
        yield return ("write mask.nii.gz", () => NiftiWriter.Write(At("mask.nii.gz"), result.Maps, result.Masks[0]));
        yield return ("write probability.nii.gz", () => NiftiWriter.Write(At("probability.nii.gz"), result.Maps, result.Maps.Probability[0]));
        yield return ("write uncertainty.nii.gz", () => NiftiWriter.Write(At("uncertainty.nii.gz"), result.Maps, result.Maps.Uncertainty[0]));
        yield return ("write contact-sheet.png", () => ContactSheet.Write(At("contact-sheet.png"), series.Volume, result));
    }
}
