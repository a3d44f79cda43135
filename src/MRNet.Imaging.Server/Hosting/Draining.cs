using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Hosting;

/// <summary>
/// Lets running jobs end before anything else is stopped: while they do, the server still listens, answers their callers and
/// says that it does not serve.
/// </summary>
internal sealed class Draining(IJobEngine engine) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => engine.DrainAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
