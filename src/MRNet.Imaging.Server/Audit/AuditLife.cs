using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Audit;

/// <summary>Records start and stop, and that the server is insecure.</summary>
internal sealed partial class AuditLife(AuditTrail audit, ServerOptions options, ILogger<AuditLife> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        audit.Started();
        if (ListeningRules.IsOpen(options))
        {
            audit.Insecure(ListeningRules.Missing(options));
            LogInsecure(options.Listen, ListeningRules.Missing(options));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        audit.Stopped();
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Warning, "INSECURE: listening on {Address} without {Missing}.")]
    private partial void LogInsecure(string address, string missing);
}
