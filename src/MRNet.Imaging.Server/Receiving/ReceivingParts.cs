using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Receiving;

/// <summary>What the DICOM node is made of; nothing where there is none.</summary>
internal static class ReceivingParts
{
    public static void AddDicomNode(this IServiceCollection services, ServerOptions options)
    {
        if (options.Receiving is { Listen: "", Routes: "" })
            return;
        services.AddSingleton(options.Receiving);
        services.AddSingleton<RoutedJobs>();
        services.AddSingleton<DicomNode>();
        services.AddHostedService(provider => provider.GetRequiredService<DicomNode>());
    }
}
