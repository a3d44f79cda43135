using System.CommandLine;
using System.Globalization;
using MRNet.Imaging.Cli.Files;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Viewer;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet serve</c>: the segmentation server on this computer.</summary>
internal static class ServeCommand
{
    public static readonly Option<string> Data = new("--data") { Description = "Folder for uploads, jobs and results.", HelpName = "FOLDER", DefaultValueFactory = _ => DefaultData() };
    private static readonly Option<int> Port = new("--port") { Description = "Port of gRPC; pages, gRPC-Web and HTTP uploads are on the next one, with TLS on the same. 0 takes any.", DefaultValueFactory = _ => 50051 };
    private static readonly Option<string[]> Shares = new("--share") { Description = "A folder that clients may name as a source: NAME=FOLDER. May be repeated.", HelpName = "NAME=FOLDER" };
    private static readonly Option<string[]> Origins = new("--origin") { Description = "Origin of a web page that may call, such as http://localhost:3000. May be repeated.", HelpName = "URL" };

    private static readonly Option<bool> Viewer = new("--viewer") { Description = "Shows the images of --images in a browser, at /viewer." };
    private static readonly Option<string[]> Images = new("--images") { Description = "A folder with DICOM files for the viewer; only read. May be repeated.", HelpName = "FOLDER" };
    private static readonly Option<string> DicomWeb = new("--dicomweb") { Description = "Root of a PACS' DICOMweb service that the viewer reads instead.", HelpName = "URL", DefaultValueFactory = _ => "" };

    public static Command Create()
    {
        var command = new MrnetCommand("serve", "Serves segmentation over gRPC to programs and viewers: of this computer, or with TLS and accounts of others.",
            """
            mrnet serve
            mrnet serve --viewer --images /data/scans
            mrnet serve --port 6000 --data /srv/mrnet --share scans=/data/scans
            mrnet serve --listen 0.0.0.0 --tls-certificate server.pem --tls-key server.key
            grpcurl -plaintext 127.0.0.1:50051 mrnet.imaging.v1.Segmentation/ListModels
            """)
        { Data, Port, Shares, Origins, Viewer, Images, DicomWeb, CommonOptions.Device, CommonOptions.Models, CommonOptions.Quiet };
        ServeSecurity.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var port = parsed.GetValue(Port);
        var options = ServeSecurity.With(new()
        {
            Data = parsed.GetRequiredValue(Data),
            Port = port,
            WebPort = port == 0 ? 0 : port + 1,
            Device = parsed.GetRequiredValue(CommonOptions.Device),
            Models = parsed.GetValue(CommonOptions.Models) is { } folder ? [folder] : [],
            Roots = (parsed.GetValue(Shares) ?? []).Select(Share).ToDictionary(share => share.Name, share => share.Folder),
            Origins = parsed.GetValue(Origins) ?? [],
            Viewer = parsed.GetValue(Viewer) ? new ViewerOptions { Images = [.. (parsed.GetValue(Images) ?? []).Select(Path.GetFullPath)], DicomWeb = parsed.GetValue(DicomWeb)! } : null,
            InstallationId = Installation.WriterOptions().InstallationId,
        }, parsed);
        CommonOptions.Store(parsed); // says which files are no models
        await using var server = ServerApplication.Create(options);
        await StartAsync(server, port, cancellation);

        if (!parsed.GetValue(CommonOptions.Quiet))
            Messages.Line($"{Places([.. server.Urls])}. {(options.Viewer is null ? "" : $"Viewer at {server.Urls.Last()}/viewer. ")}Data in {Path.GetFullPath(options.Data)}. Ctrl+C stops it.");
        await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
        await server.StopAsync(CancellationToken.None);
    }

    private static string Places(string[] urls) => urls is [var grpc, var web] ? $"gRPC on {grpc}, pages and gRPC-Web on {web}" : $"gRPC, gRPC-Web and pages on {urls[0]}";

    private static async Task StartAsync(Microsoft.AspNetCore.Builder.WebApplication server, int port, CancellationToken cancellation)
    {
        try
        {
            await server.StartAsync(cancellation);
        }
        catch (IOException error)
        {
            throw new ResourceLimitException(string.Create(CultureInfo.InvariantCulture, $"Port {port} or {port + 1} is in use; choose another with --port."), error);
        }
    }

    private static (string Name, string Folder) Share(string text) => text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } folder] && Directory.Exists(folder)
        ? (name, Path.GetFullPath(folder))
        : throw new InvalidImageException($"--share is '{text}'; expected NAME=FOLDER with a folder that is there.");

    private static string DefaultData() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "mrnet", "server");
}
