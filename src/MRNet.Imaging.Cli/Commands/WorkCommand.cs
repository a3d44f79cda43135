using System.CommandLine;
using Microsoft.Extensions.Logging;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Nats.Worker;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet work</c>: a worker for the jobs of a front end on another machine.</summary>
internal static class WorkCommand
{
    public static Command Create()
    {
        var command = new MrnetCommand("work", "Computes the jobs of 'mrnet serve --engine' on this machine, one at a time. It is given pixels and no patient's name.",
            """
            mrnet work --engine nats://queue.example
            mrnet work --engine tls://queue.example --nats-ca ca.pem --nats-cert worker.pem --nats-key worker.key --creds worker.nk --device cuda:1
            """)
        { ServeSettings.Config, CommonOptions.Device, CommonOptions.Models, ServeSettings.Otlp, CommonOptions.Quiet };
        foreach (var (option, _) in NatsSettings.Settings)
            command.Add(option);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = ServeSettings.Given(parsed);
        if (options.Jobs.Engine != JobOptions.Nats)
            throw new WrongSettingException("--engine is missing; expected the NATS server of the front end: nats://HOST.");
        CommonOptions.Store([.. options.Models]); // says which files are no models
        var isQuiet = parsed.GetValue(CommonOptions.Quiet);
        using var log = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        using var telemetry = Telemetry.OfWorker(options.Telemetry);
        using var runner = Engines.Runner(new ModelStore([.. options.Models, ModelStore.Bundled]), options.Device);
        runner.LoadAll(cancellation);

#pragma warning disable RS0030 // where names of results come from, once
        await using var worker = new NatsWorker(options.Nats, WorkerOptions.Of(options), runner, TimeProvider.System, Guid.NewGuid, line => { if (!isQuiet) Messages.Line(line); }, log);
#pragma warning restore RS0030
        var code = await worker.RunAsync(cancellation);
        if (code == NatsWorker.StalledExitCode)
            Environment.Exit(code); // the computing that does not advance would hold the process
        return code;
    }
}
