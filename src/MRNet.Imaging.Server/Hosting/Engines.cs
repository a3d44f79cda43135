using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Hosting;

/// <summary>Which engine runs the jobs.</summary>
public static class Engines
{
    /// <summary>Jobs on this machine.</summary>
    public static void AddEmbedded(IServiceCollection services)
    {
        services.AddSingleton<Questions>();
        services.AddSingleton<Workbench>();
        services.AddSingleton<IReweighting, Reweighting>();
        services.AddSingleton<IVolumeRunner, VolumeRunner>();
        services.AddSingleton<IJobRunner, SegmentationRunner>();
        services.AddEngine<EmbeddedJobEngine>();
        services.AddHostedService<ModelLoading>();
    }

    /// <summary>What a worker on another machine computes with: the same as on this one.</summary>
    /// <param name="device">cpu, cuda or cuda:1.</param>
    public static LoadedRunner Runner(ModelStore store, string device) => new(new ModelShelf(store, device, TimeProvider.System));

    /// <summary>An engine for all who submit, watch and ask; it starts and stops with the server.</summary>
    public static void AddEngine<T>(this IServiceCollection services)
        where T : class, IJobEngine, IHostedService
    {
        services.AddSingleton<T>();
        services.AddSingleton<IJobEngine>(provider => new AuditedJobs(provider.GetRequiredService<T>(), provider.GetRequiredService<AuditTrail>()));
        services.AddHostedService(provider => provider.GetRequiredService<T>());
        services.AddHostedService<Draining>();
    }
}

/// <summary>A runner with its models.</summary>
public sealed class LoadedRunner(ModelShelf models) : IVolumeRunner, IDisposable
{
    private readonly VolumeRunner runner = new(models, TimeProvider.System);

    /// <summary>Loads all models, so that the first job need not wait.</summary>
    public void LoadAll(CancellationToken cancellation) => models.LoadAll(cancellation);

    public SegmentationResult Run(JobWork work, Action<Event> report, CancellationToken cancellation) => runner.Run(work, report, cancellation);

    public void Dispose() => models.Dispose();
}
