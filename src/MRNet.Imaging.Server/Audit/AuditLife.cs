using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Audit;

/// <summary>Records start and stop, and that the server is insecure; between them tries again with what could not be written.</summary>
internal sealed partial class AuditLife(AuditTrail audit, ServerOptions options, TimeProvider time, ILogger<AuditLife> log) : BackgroundService
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(10);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        audit.Started();
        if (ListeningRules.IsOpen(options))
        {
            audit.Insecure(ListeningRules.Missing(options));
            LogInsecure(options.Listen, ListeningRules.Missing(options));
        }

        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        audit.Stopped();
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Often, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                audit.Flush();
        }
        catch (OperationCanceledException)
        {
            // the server stops
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "INSECURE: listening on {Address} without {Missing}.")]
    private partial void LogInsecure(string address, string missing);
}
