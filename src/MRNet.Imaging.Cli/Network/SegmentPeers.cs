using System.CommandLine;
using System.CommandLine.Parsing;
using MRNet.Dicom;
using MRNet.Imaging.Cli.Terminal;

namespace MRNet.Imaging.Cli.Network;

/// <summary>Images from an archive, results to one: <c>segment --from ... --to ...</c>.</summary>
internal sealed class SegmentPeers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Option<string?> from = PeerSyntax.Option("--from", "Fetch the images from an archive instead of PATH");
    private readonly Option<string?> study = new("--study") { Description = "Study Instance UID of what --from fetches; with --series if it has several.", HelpName = "UID" };
    private readonly Option<int?> listen = new("--listen") { Description = "Fetch by C-MOVE to this port of ours, for archives without C-GET.", HelpName = "PORT" };
    private readonly Option<string?> to = PeerSyntax.Option("--to", "Send the DICOM results to an archive when they are written");
    private readonly PeerSyntax peers = new("pacs-");

    public void AddTo(Command command, Argument paths, Option all)
    {
        foreach (var option in new Option[] { from, study, listen, to })
            command.Add(option);
        peers.AddTo(command);
        command.Validators.Add(result => Check(result, result.GetResult(paths)?.Tokens.Count > 0, result.GetResult(all) is { Implicit: false }));
    }

    /// <returns>The images, until disposed; null when they are not in an archive.</returns>
    public async Task<FetchedImages?> FetchAsync(ParseResult parsed, bool quiet, CancellationToken cancellation)
    {
        if (parsed.GetValue(from) is not { } peer)
            return null;
        var connection = peers.Read(parsed, peer) with { ListenPort = parsed.GetValue(listen) };
        var images = new FetchedImages();
        try
        {
            var series = parsed.GetValue<string?>("--series");
            await Task.Run(() => ProgressBar.Run(quiet, work => new Retrieval(connection, parsed.GetValue(study)!, series, images.Folder, work.Stage("Fetching")).RunAsync(cancellation).GetAwaiter().GetResult()), cancellation);
            return images;
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <summary>Sends the DICOM files among the results.</summary>
    /// <exception cref="PeerException">The archive is away or does not take all; the files are written and can be exported.</exception>
    public async Task SendAsync(ParseResult parsed, string folder, IEnumerable<string> files, bool quiet, CancellationToken cancellation)
    {
        if (parsed.GetValue(to) is not { } peer)
            return;
        string[] objects = [.. files.Where(file => file.EndsWith(".dcm", StringComparison.Ordinal)).Select(file => Path.Combine(folder, file))];
        if (objects.Length == 0)
            throw new InvalidImageException("--to has nothing to send: no DICOM result was written.");
        await ExportOutput.RunAsync(peers.Read(parsed, peer), FilesToSend.Of(objects), folder, Patience, quiet, cancellation);
    }

    private void Check(CommandResult result, bool hasPaths, bool hasAll)
    {
        var isFrom = result.GetResult(from) is not null;
        if (isFrom == hasPaths)
            result.AddError(isFrom ? "Give PATH or --from, not both." : "Required argument missing for command: 'segment'. Name images, or an archive with --from.");
        if (isFrom && (result.GetResult(study)?.Tokens is not [var uid] || !DicomUID.IsValid(uid.Value)))
            result.AddError("--from needs --study with the Study Instance UID of the images.");
        if (hasAll && (isFrom || result.GetResult(to) is not null))
            result.AddError("--all works on folders; export its results with 'mrnet export'.");
    }
}

/// <summary>A folder of images that goes away when they have been used.</summary>
internal sealed class FetchedImages : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("mrnet-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
