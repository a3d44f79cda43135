using System.CommandLine;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Cli.Network;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet dicom</c>: for people who look why a connection does not work.</summary>
internal static class DicomCommand
{
    public static Command Create() => new("dicom", "Asks and tests DICOM peers, and shows files as DICOM JSON.")
    {
        Echo(),
        DicomFindCommand.Create(),
        Send(),
        Json(),
    };

    private static MrnetCommand Echo()
    {
        var (peer, peers) = (PeerSyntax.Argument("Who is asked"), new PeerSyntax());
        var command = new MrnetCommand("echo", "Asks a peer whether it lives and knows us (C-ECHO; of a DICOMweb server, a search for one study).",
            """
            mrnet dicom echo ORTHANC@localhost:4242
            mrnet dicom echo https://pacs/dicom-web --user-file user.txt
            """)
        { peer };
        peers.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var connection = peers.Read(parsed, parsed.GetRequiredValue(peer));
            Console.Out.WriteLine(await connection.SaidAsync(() => connection.Address.Web is null ? EchoAsync(connection, cancellation) : SearchAsync(connection, cancellation)));
            return 0;
        });
        return command;
    }

    private static async Task<string> EchoAsync(PeerConnection peer, CancellationToken cancellation)
    {
        var verification = new ProposedContext(DicomUID.Verification.UID, [DicomTransferSyntax.ImplicitVRLittleEndian]);
        await using var association = await DicomAssociation.ConnectAsync(peer.Address.Dicom!, [verification], peer.Association, cancellation);
        var status = await association.EchoAsync(cancellation);
        return status == DicomStatus.Success
            ? $"{peer.Address} answers{(association.PeerImplementation.Length > 0 ? $" ({association.PeerImplementation})" : "")}."
            : throw new PeerException($"{peer.Address} answers the echo with {status}.");
    }

    private static async Task<string> SearchAsync(PeerConnection peer, CancellationToken cancellation)
    {
        using var web = new MRNet.Dicom.Web.DicomWebClient(peer.Address.Web!, peer.WebOptions with { PageSize = 1, Retries = 0 });
        await foreach (var _ in web.SearchStudiesAsync([], cancellation))
            break;
        return $"{peer.Address} answers.";
    }

    private static MrnetCommand Send()
    {
        var (peer, peers) = (PeerSyntax.Argument("Where they go"), new PeerSyntax());
        var files = new Argument<string[]>("FILE") { Description = "DICOM files, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var command = new MrnetCommand("send", "Sends DICOM files once and shows the peer's answer to each; 'mrnet export' goes on where it was stopped.",
            "mrnet dicom send ORTHANC@localhost:4242 out/segmentation.dcm")
        { peer, files };
        peers.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var connection = peers.Read(parsed, parsed.GetRequiredValue(peer));
            var objects = FilesToSend.Of(parsed.GetRequiredValue(files));
            var refused = await connection.SaidAsync(() => SendAsync(connection, objects, cancellation));
            return refused == 0 ? 0 : throw new PeerException($"{connection.Address} did not store {refused} of {objects.Count} objects.");
        });
        return command;
    }

    private static async Task<int> SendAsync(PeerConnection peer, IReadOnlyList<OutgoingObject> objects, CancellationToken cancellation)
    {
        var refused = 0;
        using var web = peer.Address.Web is null ? null : peer.Web();
        await foreach (var (item, status) in web?.StoreAsync(objects, cancellation) ?? DicomSender.SendAsync(peer.Address.Dicom!, objects, peer.Association, cancellation))
        {
            refused += status.IsStored ? 0 : 1;
            Console.Out.WriteLine($"{item.Name}: {status}");
        }

        return refused;
    }

    private static MrnetCommand Json()
    {
        var file = new Argument<string>("FILE") { Description = "A DICOM file." };
        var inline = new Option<bool>("--inline") { Description = "Pixel data and other binary values of more than 1 KiB too, as base64." };
        var command = new MrnetCommand("json", "Shows a DICOM file as DICOM JSON (PS3.18).", "mrnet dicom json out/segmentation.dcm") { file, inline };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            try
            {
                Console.Out.WriteLine(DicomJson.ConvertDicomToJson(DicomFile.Open(path).Dataset, new() { Indented = true, LongestInlineBytes = parsed.GetValue(inline) ? null : 1024 }));
            }
            catch (DicomException error)
            {
                throw new InvalidImageException($"{Path.GetFileName(path)}: {error.Message}", error);
            }
        });
        return command;
    }
}
