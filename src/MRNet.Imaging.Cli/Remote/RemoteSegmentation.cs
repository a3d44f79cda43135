using MRNet.Imaging.Cli.Commands;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Cli.Remote;

/// <summary>
/// <c>mrnet segment --server</c>: images are read here, so that what is wrong with them is said at once, computed there, and
/// written here by the same writers. The job belongs to the call: Ctrl+C cancels it.
/// </summary>
internal static class RemoteSegmentation
{
    /// <exception cref="PeerException">The server is away or refuses.</exception>
    public static (LoadedImage Image, SegmentationResult Result, IReadOnlyList<string> Files) Run(
        SegmentOptions options, RemoteServer server, ProgressBar.IWork work, CancellationToken cancellation) =>
        RunAsync(options, server, work, cancellation).GetAwaiter().GetResult(); // the bar draws only while its own thread waits

    private static async Task<(LoadedImage, SegmentationResult, IReadOnlyList<string>)> RunAsync(
        SegmentOptions options, RemoteServer server, ProgressBar.IWork work, CancellationToken cancellation)
    {
        using var client = server.Connect();
        var image = ImageInput.Read(options.Paths, options.Input, work.Stage("Reading"), cancellation);
        SegmentCommand.CheckFormats(options, image);
        var model = await RemoteModels.ChooseAsync(client, options.Model, image.Volume, cancellation);
        var output = new ResultFiles(options.Out, options.Formats, options.Writer, options.Overwrite, options.WritesUncertainty);
        output.CheckPlace(RemoteModels.StructuresOf(model));

        var (kind, files) = RemoteRequest.Files(options, image, cancellation);
        var answer = await client.SegmentAsync(files, kind, RemoteRequest.Of(options, model, image.Volume), new Stages(work, options.Quiet), cancellation);
        var result = ReceivedResult.Of(answer, model, image.Volume, options.Request, TimeProvider.System.GetLocalNow());

        var writing = work.Stage("Writing");
        var names = output.Write(image, result, cancellation);
        writing.Report(1);
        return (image, result, names);
    }

    /// <summary>Events as bars: sending, waiting, segmenting.</summary>
    private sealed class Stages(ProgressBar.IWork work, bool quiet) : IProgress<Event>
    {
        private readonly Lock gate = new(); // sending and the server speak at the same time
        private readonly Dictionary<string, IProgress<float>> bars = [];

        public void Report(Event value)
        {
            if (value.Warning is { Reason: "OTHER_PLANE" } doubt && !quiet) // notes of the image were read here already
                Messages.Warning(doubt.Message);
            if (value.Progress is not { } progress || Name(progress) is not { } name)
                return;
            using var _ = gate.EnterScope();
            if (!bars.TryGetValue(name, out var bar))
                bars[name] = bar = work.Stage(name);
            bar.Report(progress.Total == 0 ? 0 : (float)progress.Done / progress.Total);
        }

        private static string? Name(Progress progress) => progress.Stage switch
        {
            Stage.Receiving => "Sending",
            Stage.Queued when progress.QueuePosition > 0 => "Waiting for other jobs",
            Stage.Running => "Segmenting on the server",
            _ => null,
        };
    }
}
