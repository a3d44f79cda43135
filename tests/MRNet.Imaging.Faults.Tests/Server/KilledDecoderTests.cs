using System.Diagnostics;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>The server decodes JPEG 2000 in child processes: their death is an error of the image, and the server goes on.</summary>
public sealed class KilledDecoderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_killed_decoder_is_an_error_of_the_image_and_the_server_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc tells who is whose child");
        Assert.SkipUnless(MRNet.Dicom.NativeCodecs.Describe().All(codec => codec.IsAvailable), "libopenjp2 is not installed");
        var files = Directory.GetFiles(Shared.Data("dicom", "series", "ct_siemens_j2k_20"));
        Directory.CreateDirectory(folder["models"]);
        TinyModel.Write(folder["models"]);
        using var server = new RunningServe(folder["data"], "--models", folder["models"]);
        using var client = MrnetClient.Connect(server.Address, new() { Retries = 0 });

        Assert.NotNull(await SegmentAsync(client, files));
        Assert.NotEmpty(Decoders(server.Id));

        using var stop = new CancellationTokenSource();
        var killing = Task.Run(() => KillAll(server.Id, stop.Token));
        var error = await Record.ExceptionAsync(() => SegmentAsync(client, files));
        await stop.CancelAsync();
        var killed = await killing;
        Assert.True(error is null or InvalidImageException, error?.ToString());

        Assert.NotNull(await SegmentAsync(client, files));
        Campaign.Tell("decoder killed", $"{killed} child processes of the server killed while it read 20 slices of JPEG 2000: {(error is null ? "read" : "refused as a damaged image")}, the server went on");
    }

    private static async Task<Answer> SegmentAsync(MrnetClient client, string[] files) =>
        await client.SegmentAsync(files, ImageKind.Dicom, new() { ModelId = TinyModel.Id, Outputs = { Output.Mask } });

    private static int KillAll(int server, CancellationToken stop)
    {
        for (var killed = 0; ; Thread.Sleep(2))
        {
            if (stop.IsCancellationRequested)
                return killed;
            foreach (var child in Decoders(server))
            {
                using (child)
                    child.Kill();
                killed++;
            }
        }
    }

    /// <summary>The server's children that decode frames.</summary>
    private static List<Process> Decoders(int server)
    {
        var found = new List<Process>();
        foreach (var number in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Select(name => int.TryParse(name, out var id) ? id : 0).Where(id => id > 0))
        {
            try
            {
                if (File.ReadAllText($"/proc/{number}/cmdline").Contains("decode-frames", StringComparison.Ordinal) && File.ReadLines($"/proc/{number}/status").Contains($"PPid:\t{server}"))
                    found.Add(Process.GetProcessById(number));
            }
            catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException)
            {
                // it ended meanwhile
            }
        }

        return found;
    }
}
