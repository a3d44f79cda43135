using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Observability;

/// <summary>
/// grpc.health.v1: "" says that the process lives, the service's name that it takes work. /healthz and /readyz say the same to
/// HTTP, in one word: strangers may ask.
/// </summary>
internal static class Health
{
    private const string Alive = "alive";
    private const string Ready = "ready";

    public static void AddHealth(this IServiceCollection services)
    {
        services.AddLogging(log => log.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical)); // each probe would be an error until a model is loaded
        services.Configure<HealthCheckPublisherOptions>(looking => (looking.Delay, looking.Period) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5))); // for who watches
        services.AddGrpcHealthChecks(health =>
        {
            health.Services.Map("", check => check.Name == Alive);
            health.Services.Map(Protocol.V1.Segmentation.Descriptor.FullName, check => check.Name == Ready);
        })
            .AddCheck(Alive, () => HealthCheckResult.Healthy())
            .AddCheck<ReadyCheck>(Ready);
    }

    /// <summary>A server that is open to others without TLS or accounts says so here too.</summary>
    public static void MapHealth(this WebApplication application, ServerOptions options)
    {
        var insecure = ListeningRules.IsOpen(options) ? $", insecure: without {ListeningRules.Missing(options)}" : "";
        application.MapGrpcHealthChecksService().AllowAnonymous();
        application.MapHealthChecks("/healthz", Of(Alive, insecure)).AllowAnonymous();
        application.MapHealthChecks("/readyz", Of(Ready, "")).AllowAnonymous();
    }

    private static HealthCheckOptions Of(string name, string more) => new()
    {
        Predicate = check => check.Name == name,
        ResponseWriter = (context, report) => context.Response.WriteAsync(report.Status + more),
    };
}
