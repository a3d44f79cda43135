using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Pages;

/// <summary>The page at <c>/sign-in</c>, where the user of a browser types an API key, and <c>/sign-out</c>.</summary>
internal static class SignInPage
{
    /// <summary>Bytes of the form; a key has some fifty.</summary>
    private const int LargestForm = 8192;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sign-in", (HttpContext context) => Answer(context, "")).AllowAnonymous();
        routes.MapPost("/sign-in", SignInAsync).AllowAnonymous();
        routes.MapPost("/sign-out", (Delegate)SignOutAsync).AllowAnonymous();
    }

    private static async Task<IResult> SignInAsync(HttpContext context, SignIn signIn)
    {
        if (!BrowserSession.IsOwn(context.Request))
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden); // a page of somebody else
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = LargestForm;
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        return await signIn.BeginSessionAsync(context, form["key"].ToString().Trim()) is { } why ? Answer(context, why) : TypedResults.LocalRedirect(Destination(context));
    }

    private static async Task<IResult> SignOutAsync(HttpContext context)
    {
        if (!BrowserSession.IsOwn(context.Request))
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        await context.SignOutAsync(BrowserSession.Name);
        return TypedResults.LocalRedirect("/");
    }

    /// <param name="why">A sign-in failed; empty: it is still to come.</param>
    private static ContentHttpResult Answer(HttpContext context, string why)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        return TypedResults.Content(Page(context, why), "text/html; charset=utf-8", statusCode: why.Length > 0 ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK);
    }

    private static string Page(HttpContext context, string why) => $"""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>MRNet.Imaging: sign in</title><style>{StatusPage.Style}</style>
        <h1>MRNet.Imaging: sign in</h1>
        {(why.Length > 0 ? $"<p class=waiting role=alert>{WebUtility.HtmlEncode(why)}</p>" : "")}
        {(IsReadable(context) ? "<p class=waiting><strong>This page is not encrypted: others on the network can read the key.</strong></p>" : "")}
        <form method="post" action="/sign-in?to={Uri.EscapeDataString(Destination(context))}">
        <p><label>API key <input type="password" name="key" autocomplete="current-password" autofocus required></label> <button>Sign in</button></p>
        </form>
        <p class=note>The administrator makes a key with <code>mrnet keys add NAME --role viewer</code>. It is kept in no page; the browser gets a cookie that ends with the key.</p></html>
        """;

    /// <summary>Where it goes on: a page of this server, the first one by default.</summary>
    private static string Destination(HttpContext context) => context.Request.Query["to"].ToString() is ['/', not ('/' or '\\'), ..] and var to ? to : "/";

    private static bool IsReadable(HttpContext context) => !context.Request.IsHttps && context.Connection.RemoteIpAddress is { } from && !IPAddress.IsLoopback(from);
}
