using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Security;
using Yarp.ReverseProxy.Forwarder;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>A PACS under the server's own address: the page needs no CORS and knows no password of the PACS. We ask who calls, and show the PACS who we are.</summary>
internal sealed class PacsProxy(Archive archive) : HttpTransformer
{
    private const string Here = "/dicom-web";

    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromMinutes(2) };

    public static RouteGroupBuilder Map(IEndpointRouteBuilder routes, Archive archive)
    {
        var forwarder = routes.ServiceProvider.GetRequiredService<IHttpForwarder>();
        var connections = new HttpMessageInvoker(archive.Connections());
        var proxy = new PacsProxy(archive);
        var reads = routes.ServiceProvider.GetRequiredService<StudyReads>();
        var web = routes.MapGroup(Here);
        web.MapMethods("/{**path}", [HttpMethods.Get, HttpMethods.Head], ForwardAsync);
        web.MapPost("/studies/{**path}", ForwardAsync).RequireAuthorization(nameof(Rights.Export));
        return web;

        async Task ForwardAsync(HttpContext context)
        {
            if (HttpMethods.IsGet(context.Request.Method))
                reads.Record(context);
            if (await forwarder.SendAsync(context, archive.Root.AbsoluteUri, connections, Config, proxy) != ForwarderError.None && !context.Response.HasStarted)
                await context.Response.WriteAsync($"{archive.Name} cannot be reached or did not answer in time; look whether it runs and try again.");
        }
    }

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(destinationPrefix.TrimEnd('/'), Rest(httpContext), httpContext.Request.QueryString);
        proxyRequest.Headers.Host = null; // its own
        foreach (var ours in new[] { HeaderNames.Authorization, HeaderNames.Cookie, HeaderNames.Origin, HeaderNames.Referer })
            proxyRequest.Headers.Remove(ours);
        proxyRequest.Headers.Authorization = archive.Credentials();
        // So that the addresses in its answers are ours (RFC 7239).
        proxyRequest.Headers.TryAddWithoutValidation("Forwarded", $"host={httpContext.Request.Host};proto={httpContext.Request.Scheme}");
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse?.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            httpContext.Response.StatusCode = StatusCodes.Status502BadGateway; // the caller did nothing wrong, and a browser must not ask him for a password
            await httpContext.Response.WriteAsync($"{archive.Name} does not take this server's credentials; its administrator sets them in Pacs.", cancellationToken);
            return false;
        }

        var copied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        httpContext.Response.Headers.Remove(HeaderNames.SetCookie);
        return copied;
    }

    private static PathString Rest(HttpContext context) => context.Request.Path.StartsWithSegments(Here, out var rest) ? rest : PathString.Empty;
}
