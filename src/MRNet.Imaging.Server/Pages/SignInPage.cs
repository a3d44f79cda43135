using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Pages;

/// <summary>The page at <c>/sign-in</c>, where the user of a browser types an API key or is led to the issuer of accounts, and <c>/sign-out</c>.</summary>
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

    /// <summary>The page once more, with the reason why it is.</summary>
    public static Task WriteAsync(HttpContext context, int status, string why) => Html(context, Page(context, why), status).ExecuteAsync(context);

    /// <summary>
    /// Leads on to a page of this server by one of its own: the browser does not show the new cookie to what a page of the
    /// issuer has led to.
    /// </summary>
    /// <param name="to">As <see cref="Destination"/> has checked it.</param>
    public static Task GoOnAsync(HttpContext context, string to) => Html(context, $"""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>MRNet.Imaging: sign in</title><meta http-equiv="refresh" content="0;url={WebUtility.HtmlEncode(to)}"><style>{StatusPage.Style}</style>
        <p>You are signed in: <a href="{WebUtility.HtmlEncode(to)}">go on</a>.</p></html>
        """).ExecuteAsync(context);

    /// <param name="why">A sign-in failed; empty: it is still to come.</param>
    private static ContentHttpResult Answer(HttpContext context, string why) =>
        Html(context, Page(context, why), why.Length > 0 ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK);

    private static ContentHttpResult Html(HttpContext context, string page, int status = StatusCodes.Status200OK)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        return TypedResults.Content(page, "text/html; charset=utf-8", statusCode: status);
    }

    private static string IssuersLine(HttpContext context) => context.RequestServices.GetRequiredService<ServerOptions>().Accounts.Oidc is var oidc && BrowserOidc.IsOn(oidc)
        ? $"<p><a href=\"{BrowserOidc.Path}?to={Uri.EscapeDataString(Destination(context))}\">Sign in with {WebUtility.HtmlEncode(new Uri(oidc.Issuer!).Host)}</a>, or with a key:</p>"
        : "";

    private static string Page(HttpContext context, string why) => $"""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>MRNet.Imaging: sign in</title><style>{StatusPage.Style}</style>
        <h1>MRNet.Imaging: sign in</h1>
        {(why.Length > 0 ? $"<p class=waiting role=alert>{WebUtility.HtmlEncode(why)}</p>" : "")}
        {(IsReadable(context) ? "<p class=waiting><strong>This page is not encrypted: others on the network can read the key.</strong></p>" : "")}
        {IssuersLine(context)}
        <form method="post" action="/sign-in?to={Uri.EscapeDataString(Destination(context))}">
        <p><label>API key <input type="password" name="key" autocomplete="current-password" autofocus required></label> <button>Sign in</button></p>
        </form>
        <p class=note>The administrator makes a key with <code>mrnet keys add NAME --role viewer</code>. It is kept in no page; the browser gets a cookie that ends with the key.</p></html>
        """;

    /// <summary>Where it goes on: a page of this server, the first one by default.</summary>
    public static string Destination(HttpContext context) =>
        context.Request.Query["to"].ToString() is ['/', not ('/' or '\\'), ..] and var to && !to.Any(char.IsControl) ? to : "/"; // browsers leave tabs and line ends out

    private static bool IsReadable(HttpContext context) => !context.Request.IsHttps && context.Connection.RemoteIpAddress is { } from && !IPAddress.IsLoopback(from);
}
