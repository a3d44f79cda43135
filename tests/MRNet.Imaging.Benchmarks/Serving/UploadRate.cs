using System.Diagnostics;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Benchmarks.Serving;

/// <summary>Files to the server until it says that they are safe on its disk, beside a plain copy with the same promise.</summary>
internal static class UploadRate
{
    private const long Large = 512L << 20;

    public static async Task MeasureAsync(BenchServer server, string series, string folder, int turns)
    {
        var large = Path.Combine(folder, "large.nii");
        using (var file = File.Create(large))
            for (var written = 0L; written < Large; written += 1 << 20)
                file.Write(new byte[1 << 20]);

        await MeasureAsync(server, $"a series of {Directory.GetFiles(series).Length} files", Directory.GetFiles(series), ImageKind.Dicom, folder, turns);
        await MeasureAsync(server, "one file of 512 MB", [large], ImageKind.Nifti, folder, turns);
        File.Delete(large);
    }

    private static async Task MeasureAsync(BenchServer server, string what, string[] files, ImageKind kind, string folder, int turns)
    {
        using var client = server.Connect();
        var bytes = files.Sum(file => new FileInfo(file).Length);
        var (sent, copied) = (new List<double>(), new List<double>());
        for (var turn = 0; turn <= turns; turn++)
        {
            var clock = Stopwatch.StartNew();
            await client.UploadAsync(files, kind);
            var upload = clock.Elapsed.TotalSeconds;
            clock.Restart();
            Copy(files, Path.Combine(folder, "copy"));
            if (turn == 0)
                continue;
            sent.Add(upload);
            copied.Add(clock.Elapsed.TotalSeconds);
        }

        Console.WriteLine(FormattableString.Invariant(
            $"upload of {what}, {bytes / 1e6:0} MB: {bytes / 1e6 / Median(sent):0} MB/s; copied and synced on the same disk: {bytes / 1e6 / Median(copied):0} MB/s; load {Machine.Load()}"));
    }

    private static void Copy(string[] files, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in files)
        {
            using var from = File.OpenRead(file);
            using var to = File.Create(Path.Combine(folder, Path.GetFileName(file)));
            from.CopyTo(to, 1 << 20);
            to.Flush(flushToDisk: true);
        }

        Directory.Delete(folder, recursive: true);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
