using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using MRNet.Imaging.Server.Pages;

namespace MRNet.Imaging.Server.Security;

/// <summary>
/// The user of a browser signs in at the OpenID Connect issuer: authorization code with PKCE (RFC 7636). The protocol is the
/// framework's; here is what is accepted, and what it becomes: the same cookie as with a key. No token is kept, or shown to a page.
/// </summary>
internal static class BrowserOidc
{
    public const string Path = "/sign-in/issuer";
    private const string Name = "oidc-browser";
    private const string Callback = "/sign-in/callback";

    /// <summary>Whether <c>/sign-in</c> offers it.</summary>
    public static bool IsOn(OidcOptions options) => options is { Issuer: not null, ClientId: not null };

    public static void AddTo(AuthenticationBuilder ways, OidcOptions options) => ways.AddOpenIdConnect(Name, oidc => Configure(oidc, options));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (Delegate)BeginAsync).AllowAnonymous();

    private static async Task BeginAsync(HttpContext context)
    {
        try
        {
            await context.ChallengeAsync(Name, new() { RedirectUri = SignInPage.Destination(context) });
        }
        catch (InvalidOperationException) when (!context.Response.HasStarted)
        {
            await SignInPage.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The issuer of accounts cannot be reached by this server; try again, or use an API key.");
        }
    }

    private static void Configure(OpenIdConnectOptions oidc, OidcOptions options)
    {
        oidc.Authority = options.Issuer;
        oidc.RequireHttpsMetadata = new Uri(options.Issuer!).Scheme == Uri.UriSchemeHttps;
        oidc.ClientId = options.ClientId;
        oidc.ClientSecret = options.ClientSecretFile is { } file ? File.ReadAllText(file).Trim() : null;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        oidc.ResponseMode = OpenIdConnectResponseMode.Query; // a form that the issuer's page posts would need cookies for other sites
        oidc.UsePkce = true;
        oidc.DisableTelemetry = true;
        oidc.CallbackPath = Callback;
        oidc.SignInScheme = BrowserSession.Name;
        oidc.MapInboundClaims = false;
        oidc.Scope.Clear();
        foreach (var scope in options.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            oidc.Scope.Add(scope);
        oidc.TokenValidationParameters.ValidAlgorithms = OidcAuthentication.Algorithms;
        oidc.TokenValidationParameters.ClockSkew = OidcAuthentication.ClockSkew;
        foreach (var cookie in new[] { oidc.CorrelationCookie, oidc.NonceCookie })
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
        oidc.Events = new()
        {
            OnTokenValidated = context => ToCaller(context, options),
            OnTicketReceived = EndAsync,
            OnRemoteFailure = FailAsync,
        };
    }

    private static Task ToCaller(TokenValidatedContext context, OidcOptions options)
    {
        if (!OidcAuthentication.Algorithms.Contains(context.SecurityToken.SignatureAlgorithm))
            context.Fail("The ID token is not signed."); // the framework lets one pass that comes from the issuer itself
        else if (OidcAuthentication.CallerOf(context.Principal!, options) is { } caller)
            context.Principal = caller.ToPrincipal(Name);
        else
            context.Fail("The ID token has no sub.");
        return Task.CompletedTask;
    }

    private static async Task EndAsync(TicketReceivedContext ticket)
    {
        ticket.HandleResponse();
        var context = ticket.HttpContext;
        if (await context.RequestServices.GetRequiredService<SignIn>().BeginSessionAsync(context, Caller.Of(ticket.Principal!)!) is { } why)
            await SignInPage.WriteAsync(context, StatusCodes.Status403Forbidden, why);
        else
            await SignInPage.GoOnAsync(context, ticket.ReturnUri ?? "/");
    }

    /// <summary>Somebody who changed their mind is no attacker; all else counts as a failed log-in.</summary>
    private static Task FailAsync(RemoteFailureContext failure)
    {
        failure.HandleResponse();
        var context = failure.HttpContext;
        if (context.Request.Query["error"] == "access_denied")
            return SignInPage.WriteAsync(context, StatusCodes.Status401Unauthorized, "You did not sign in at the issuer.");
        context.RequestServices.GetRequiredService<SignIn>().Failed(context);
        return SignInPage.WriteAsync(context, StatusCodes.Status401Unauthorized, "Signing in at the issuer did not come to its end here, or took too long; begin again.");
    }
}
