using System.CommandLine;
using MRNet.Imaging.Cli.Network;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet export</c>: results, or any DICOM files, to an archive.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "DICOM files, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var to = PeerSyntax.Option("--to", "Where they go");
        to.Required = true;
        var wait = new Option<int>("--wait") { Description = "Seconds to go on trying while the archive is away or full.", DefaultValueFactory = _ => 30, HelpName = "SECONDS" };
        var peers = new PeerSyntax();
        var command = new MrnetCommand("export", "Sends DICOM files to an archive, by C-STORE or STOW-RS, and says of each that it was not stored. Stopped in the middle, the same command goes on with the rest.",
            """
            mrnet export out --to ORTHANC@pacs:4242
            mrnet export out/segmentation.dcm --to https://pacs/dicom-web --token-file token.txt
            mrnet export out --to ARCHIVE@pacs:2762 --tls --tls-ca hospital-ca.pem
            """)
        { files, to, wait };
        peers.AddTo(command);
        command.Add(CommonOptions.Quiet);
        command.Add(CommonOptions.Verbose);

        command.SetAction(async (parsed, cancellation) =>
        {
            var paths = parsed.GetRequiredValue(files);
            var objects = FilesToSend.Of(paths);
            var folder = Directory.Exists(paths[0]) ? paths[0] : Path.GetDirectoryName(Path.GetFullPath(paths[0]))!;
            await ExportOutput.RunAsync(peers.Read(parsed, parsed.GetValue(to)!), objects, folder, TimeSpan.FromSeconds(parsed.GetValue(wait)), parsed.GetValue(CommonOptions.Quiet), cancellation);
            return 0;
        });
        return command;
    }
}
