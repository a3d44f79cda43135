namespace MRNet.Imaging.Server.Audit;

/// <summary>Brings the audit trail to the repository, as soon as it is there.</summary>
internal sealed partial class AuditForwarding(AuditSpool spool, SyslogOptions options, ILogger<AuditForwarding> log) : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly AuditRepository repository = new(options);
    private bool isAway;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        repository.Check();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>The last messages of the server are of its stop; what cannot be sent now is sent after the next start.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        while (!isAway && await TrySendAsync(cancellationToken))
        {
            // more
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = options.Pause;
        try
        {
            while (true)
            {
                while (await TrySendAsync(stoppingToken))
                {
                    // more
                }

                await Task.Delay(pause, stoppingToken);
                pause = isAway ? TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)) : options.Pause;
            }
        }
        catch (OperationCanceledException)
        {
            // the server stops
        }
    }

    /// <returns>Whether something was sent.</returns>
    private async Task<bool> TrySendAsync(CancellationToken cancellation)
    {
        try
        {
            var next = spool.Next(Batch);
            if (next.Messages.Count == 0)
                return false;
            await repository.SendAsync(next.Messages, cancellation);
            spool.Done(next);
            if (isAway)
                LogBack();
            isAway = false;
            return true;
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            if (!isAway)
                LogAway(options.Host!, options.Port, error.Message, spool.Waiting);
            isAway = true;
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The audit repository {Host}:{Port} cannot be reached ({Reason}); {Waiting} messages wait in the spool and are sent when it is back.")]
    private partial void LogAway(string host, int port, string reason, int waiting);

    [LoggerMessage(2, LogLevel.Warning, "The audit repository is back.")]
    private partial void LogBack();
}
