using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.DicomWeb;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Pages;
using MRNet.Imaging.Server.Receiving;
using MRNet.Imaging.Server.Security;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Sessions;
using MRNet.Imaging.Server.Settings;
using MRNet.Imaging.Server.Uploads;
using MRNet.Imaging.Server.Viewer;

namespace MRNet.Imaging.Server.Hosting;

/// <summary>Puts the server together: what it is made of, where it listens, what it answers.</summary>
public static class ServerApplication
{
    private const string Web = "web";

    /// <exception cref="ResourceLimitException">The data folder belongs to another server or cannot be written.</exception>
    /// <exception cref="WrongSettingException">It would be open to other computers without protection, or a setting does not fit another.</exception>
    /// <param name="more">The last word about how it is put together.</param>
    /// <param name="engine">Adds the engine that runs the jobs; null for this machine.</param>
    public static WebApplication Create(ServerOptions options, Action<WebApplicationBuilder>? more = null, Action<IServiceCollection>? engine = null)
    {
        ListeningRules.Check(options);
        // The root of content is fixed, so that no appsettings.json of the folder one stands in opens a port.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "mrnet", ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Logging.AddLogs(options.Telemetry);
        AddParts(builder.Services, options);
        (engine ?? Engines.AddEmbedded)(builder.Services);
        AddSecurity(builder.Services, options);
        AddWire(builder.Services, options);
        builder.Services.AddTelemetry(options.Telemetry);
        more?.Invoke(builder);

        var application = builder.Build();
        application.UseHostFiltering();
        application.UseRouting();
        application.UseCors();
        application.UseGrpcWeb(new() { DefaultEnabled = true });
        application.MapViewer(options); // a browser fetches the viewer's program before it can show who it is
        application.UseMiddleware<SignIn>();
        application.UseAuthorization();
        application.MapGrpcService<SegmentationService>().RequireCors(Web);
        application.MapGrpcReflectionService();
        application.MapHealth(options);
        application.MapMetrics();
        HttpUploads.Map(application).RequireCors(Web).RequireAuthorization(nameof(Rights.Segment));
        StatusPage.Map(application);
        if (ListeningRules.HasAccounts(options))
            SignInPage.Map(application);
        if (BrowserOidc.IsOn(options.Accounts.Oidc))
            BrowserOidc.Map(application);
        return application;
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 8192, gracePeriod: TimeSpan.FromSeconds(30)); // a reader that stops is let go
        kestrel.Limits.MaxRequestBodySize = options.Uploads.MaxBytes;
        kestrel.AddServerHeader = false;
        Listening.Listen(kestrel, options);
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
        services.AddSingleton(provider => new DataFolder(options.Store, provider.GetRequiredService<IFileSystem>()));
        services.AddSingleton(provider => new JobStore(provider.GetRequiredService<DataFolder>().Database));
        services.AddSingleton<UploadStore>();
        services.AddSingleton(provider => new ModelShelf(new ModelStore([.. options.Models, ModelStore.Bundled]), options.Device, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ImageSources(provider.GetRequiredService<UploadStore>(), provider.GetRequiredService<SeriesFetch>(), options.Roots));
        services.AddSingleton(new WriterOptions { InstallationId = options.InstallationId ?? "0" });
        services.AddSingleton(options.Sessions);
        services.AddSingleton<ImageSessions>();
        services.AddSingleton<JobResults>();
        services.AddSingleton<JobFront>();
        services.AddSingleton<JobMaking>();
        services.AddSingleton(new ArchiveList(options.Pacs, options.Viewer.Enabled ? options.Viewer.DicomWeb : ""));
        services.AddSingleton(provider => new SeriesFetch(
            provider.GetRequiredService<ArchiveList>(), provider.GetRequiredService<DataFolder>(), provider.GetRequiredService<IFileSystem>(), options.Uploads, provider.GetService<ImageIndex>()));
        services.AddSingleton(options.Exports);
        services.AddSingleton(Random.Shared);
        services.AddSingleton(provider => new ExportStore(provider.GetRequiredService<DataFolder>().Exports));
        services.AddSingleton<ExportQueue>();
        services.AddHostedService(provider => provider.GetRequiredService<ExportQueue>());
        services.AddDicomNode(options);
        services.AddViewer(options);
        services.AddSingleton<UploadReading>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Jobs.Drain + TimeSpan.FromSeconds(30));
    }

    private static void AddSecurity(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(provider => AuditTrail.Of(
            options, provider.GetRequiredService<IFileSystem>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AuditTrail>>(), provider.GetRequiredService<IHttpContextAccessor>()));
        services.AddSingleton(provider => new KeyedHash(provider.GetRequiredService<DataFolder>().AuditKey, provider.GetRequiredService<IFileSystem>()));
        if (options.Audit.Repository.Host is not null)
            services.AddHostedService(provider => new AuditForwarding(provider.GetRequiredService<AuditTrail>().Spool!, options.Audit.Repository, provider.GetRequiredService<ILogger<AuditForwarding>>()));
        services.AddHostedService<AuditLife>(); // stopped before what forwards its last word
        services.AddSingleton<ServerCertificates>();
        services.AddSingleton<FailedHandshakes>();
        Accounts.Add(services, options);

        // A page of another site may have its name point to this computer (DNS rebinding), and would be the one caller.
        if (ListeningRules.IsLoopback(options) && !ListeningRules.HasAccounts(options))
            services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);
        else
            services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = ["*"]);
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
