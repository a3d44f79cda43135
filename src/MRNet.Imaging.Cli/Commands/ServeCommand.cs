using System.CommandLine;
using System.Globalization;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Nats;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet serve</c>: the segmentation server on this computer.</summary>
internal static class ServeCommand
{
    private static readonly Option<bool> PrintConfig = new("--print-config") { Description = "Writes all settings, with what they mean and the values they have, and does not serve." };

    public static Command Create()
    {
        var command = new MrnetCommand("serve", "Serves segmentation over gRPC to programs and viewers: of this computer, or with TLS and accounts of others.",
            """
            mrnet serve
            mrnet serve --viewer --data /data/scans
            mrnet serve --pacs archive=ARCHIVE@pacs.hospital:104
            mrnet serve --pacs archive=ARCHIVE@pacs.hospital:104 --listen-dicom 0.0.0.0:11112 --routes routes.json
            mrnet serve --port 6000 --store /srv/mrnet --root scans=/data/scans
            mrnet serve --listen 0.0.0.0 --tls-certificate server.pem --tls-key server.key
            mrnet serve --engine nats://queue.example
            mrnet serve --print-config
            mrnet serve --config mrnet.json
            grpcurl -plaintext 127.0.0.1:50051 mrnet.imaging.v1.Segmentation/ListModels
            """);
        foreach (var option in ServeSettings.Options.Append(PrintConfig).Append(CommonOptions.Quiet))
            command.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(PrintConfig))
        {
            Console.Write(SettingsSample.Write(ServeSettings.Given(parsed)));
            return;
        }

        var options = ServeSettings.Read(parsed);
        CommonOptions.Store([.. options.Models]); // says which files are no models
        await using var server = ServerApplication.Create(options, engine: options.Jobs.Engine == JobOptions.Nats ? NatsEngine.With(options) : null);
        await StartAsync(server, options.Port, cancellation);

        if (!parsed.GetValue(CommonOptions.Quiet))
            Messages.Line($"{Places([.. server.Urls])}. {(options.Jobs.Engine == JobOptions.Nats ? $"Jobs go to the workers of {options.Nats.Urls}. " : "")}{(options.Viewer.Enabled ? $"Viewer at {server.Urls.Last()}/viewer. " : "")}Jobs and results in {Path.GetFullPath(options.Store)}. Ctrl+C stops it.");
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
}
