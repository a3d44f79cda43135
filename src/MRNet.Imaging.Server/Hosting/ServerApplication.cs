using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Pages;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Uploads;
using MRNet.Imaging.Server.Viewer;

namespace MRNet.Imaging.Server.Hosting;

/// <summary>Puts the server together: what it is made of, where it listens, what it answers.</summary>
public static class ServerApplication
{
    private const string Web = "web";

    /// <exception cref="ResourceLimitException">The data folder belongs to another server or cannot be written.</exception>
    public static WebApplication Create(ServerOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "mrnet" });
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        AddParts(builder.Services, options);
        AddWire(builder.Services, options);

        var application = builder.Build();
        application.UseRouting();
        application.UseCors();
        application.UseGrpcWeb(new() { DefaultEnabled = true });
        application.MapGrpcService<SegmentationService>().RequireCors(Web);
        application.MapGrpcReflectionService();
        application.MapHealth();
        HttpUploads.Map(application).RequireCors(Web);
        StatusPage.Map(application);
        application.MapViewer(options);
        return application;
    }

    /// <summary>Without TLS one port cannot speak both HTTP/2 and HTTP/1.1: native gRPC has one, pages and gRPC-Web the other.</summary>
    private static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        kestrel.Limits.MaxRequestBodySize = options.Uploads.MaxBytes;
        kestrel.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http2);
        kestrel.Listen(IPAddress.Loopback, options.WebPort, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static void AddParts(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(TimeProvider.System);
#pragma warning disable RS0030 // where ids come from, once
        services.AddSingleton<Func<Guid>>(Guid.NewGuid);
#pragma warning restore RS0030
        services.AddSingleton(options);
        services.AddSingleton(options.Uploads);
        services.AddSingleton(options.Jobs);
        services.AddSingleton<IFileSystem, DiskFileSystem>();
        services.AddSingleton(provider => new DataFolder(options.Data, provider.GetRequiredService<IFileSystem>()));
        services.AddSingleton(provider => new JobStore(provider.GetRequiredService<DataFolder>().Database));
        services.AddSingleton<UploadStore>();
        services.AddSingleton(_ => new ModelShelf(new ModelStore([.. options.Models, ModelStore.Bundled]), options.Device));
        services.AddSingleton(provider => new ImageSources(provider.GetRequiredService<UploadStore>(), options.Roots));
        services.AddSingleton(new WriterOptions { InstallationId = options.InstallationId });
        services.AddSingleton<IJobRunner, SegmentationRunner>();
        services.AddSingleton<EmbeddedJobEngine>();
        services.AddSingleton<IJobEngine>(provider => provider.GetRequiredService<EmbeddedJobEngine>());
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedJobEngine>());
        services.AddHostedService<Draining>();
        services.AddHostedService<ModelLoading>();
        services.AddSingleton<JobMaking>();
        services.AddViewer(options);
        services.AddSingleton<UploadReading>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Jobs.Drain + TimeSpan.FromSeconds(30));
    }

    private static void AddWire(IServiceCollection services, ServerOptions options)
    {
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.MaxReceiveMessageSize = SegmentationService.MessageBytes;
        });
        services.AddGrpcReflection();
        services.AddHealth();
        services.AddCors(cors => cors.AddPolicy(Web, policy => policy
            .WithOrigins([.. options.Origins])
            .WithMethods("POST", "PUT")
            .AllowAnyHeader()
            .WithExposedHeaders("Grpc-Status", "Grpc-Message", "Grpc-Encoding", "Grpc-Accept-Encoding", "Grpc-Status-Details-Bin")
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
    }
}
