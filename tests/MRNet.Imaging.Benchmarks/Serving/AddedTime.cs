using System.Diagnostics;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Benchmarks.Serving;

/// <summary>A series from its files to mask and uncertainty, here and over the server, turn by turn.</summary>
internal static class AddedTime
{
    public static async Task MeasureAsync(BenchServer server, string modelId, string folder, int slices, int turns)
    {
        var bundled = new ModelStore(Path.Combine(AppContext.BaseDirectory, "models"), Path.Combine(Path.GetDirectoryName(folder)!, "models"));
        using var model = LoadedModel.Load(bundled.Find(modelId));
        using var client = server.Connect();
        var box = new VoxelBox(192, 192, 0, 128, 128, slices);
        var files = Directory.GetFiles(folder);
        var request = new SegmentRequest
        {
            ModelId = modelId,
            Outputs = { Output.Mask, Output.Uncertainty },
            Options = new() { Region = new() { Box = new() { X = box.X, Y = box.Y, Z = box.Z, Columns = (uint)box.Columns, Rows = (uint)box.Rows, Slices = (uint)box.Slices } } },
        };

        var (here, there, inside) = (new List<double>(), new List<double>(), new List<double>());
        for (var turn = 0; turn <= turns; turn++)
        {
            var clock = Stopwatch.StartNew();
            var image = ImageInput.Read([folder], new(), null, CancellationToken.None);
            new Segmenter(model, TimeProvider.System).Segment(image.Volume, new() { Region = Region.OfVoxels(box) }, null, CancellationToken.None);
            var direct = clock.Elapsed.TotalSeconds;
            clock.Restart();
            var answer = await client.SegmentAsync(files, ImageKind.Dicom, request);
            if (turn == 0)
                continue; // once for the compiler and the caches
            here.Add(direct);
            there.Add(clock.Elapsed.TotalSeconds);
            inside.Add(answer.Done.Seconds);
        }

        var added = here.Zip(there, (a, b) => b - a).ToList();
        Console.WriteLine(FormattableString.Invariant(
            $"{slices} slices, {modelId}: engine {Median(here):0.00} s, over the server {Median(there):0.00} s (of it segmenting {Median(inside):0.00} s), added {Median(added):0.00} s = {100 * Median(added) / Median(here):0.0} %; load {Machine.Load()}"));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
