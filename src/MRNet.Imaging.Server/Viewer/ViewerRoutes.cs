using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.DicomWeb;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Viewer;

/// <summary>OHIF at <c>/viewer</c>, our extension at <c>/mrnet</c>, DICOMweb at <c>/dicom-web</c>: one origin, so no CORS and one certificate.</summary>
internal static class ViewerRoutes
{
    public static void AddViewer(this IServiceCollection services, ServerOptions options)
    {
        if (!options.Viewer.Enabled)
            return;
        services.AddSingleton(options.Viewer);
        services.AddSingleton<StudyReads>();
        if (options.Viewer.DicomWeb.Length > 0)
        {
            services.AddHttpForwarder();
            return;
        }

        services.AddSingleton<StoredObjects>();
        services.AddSingleton<ImageIndex>();
        services.AddHostedService(provider => provider.GetRequiredService<ImageIndex>());
    }

    /// <exception cref="UnsupportedImageException">The viewer was not built into this program.</exception>
    public static void MapViewer(this WebApplication application, ServerOptions options)
    {
        if (options.Viewer is not { Enabled: true } viewer)
            return;
        var files = ViewerFiles.Find(viewer);
        var shown = application.Services.GetRequiredService<ArchiveList>().Shown;
        application.MapGet("/app-config.js", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return TypedResults.Text(Caller.Of(context.User) is null ? AppConfig.ToSignIn : AppConfig.Of(shown?.Name ?? ArchiveList.Viewer), "text/javascript");
        }).AllowAnonymous();
        application.MapGet("/viewer/{**page}", () => TypedResults.PhysicalFile(Path.Combine(files.App, "index.html"), "text/html")).AllowAnonymous();
        (shown is null ? DicomWebRoutes.Map(application) : PacsProxy.Map(application, shown)).RequireAuthorization(nameof(Rights.Segment));
        Serve(application, files.Plugin, "/mrnet");
        Serve(application, files.App, "");
    }

    /// <summary>Types that the framework does not know, such as wasm's companions, are served as bytes.</summary>
    private static void Serve(WebApplication application, string folder, string at) => application.UseStaticFiles(new StaticFileOptions
    {
        FileProvider = new PhysicalFileProvider(Path.GetFullPath(folder)),
        RequestPath = at,
        ServeUnknownFileTypes = true,
        ContentTypeProvider = new FileExtensionContentTypeProvider(),
    });
}
