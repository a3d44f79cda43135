using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
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
        services.AddSingleton<Reweighting>();
        services.AddSingleton<IVolumeRunner, VolumeRunner>();
        services.AddSingleton<SegmentationRunner>();
        services.AddSingleton<IJobRunner>(provider => new MeasuredRunner(
            provider.GetRequiredService<SegmentationRunner>(), provider.GetRequiredService<ServerMetrics>(), provider.GetRequiredService<TimeProvider>()));
        services.AddEngine<EmbeddedJobEngine>();
        services.AddHostedService<ModelLoading>();
    }

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
