using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Security;

/// <summary>
/// Finds out who calls, before anything else is done. A wrong proof is refused whatever it was for, also where none is
/// needed, is recorded, and counts: an address that fails too often waits.
/// </summary>
internal sealed class SignIn(ServerOptions options, ApiKeys keys, AuditTrail audit, ServerMetrics metrics, TimeProvider time) : IMiddleware
{
    private const string TooMany = "Too many failed log-ins came from this address; wait a minute.";

    private readonly Attempts failed = new(options.Accounts.FailuresPerMinute, time);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var address = Caller.AddressOf(context);
        if (HasProof(context) && failed.IsOver(address))
        {
            await Refusal.WriteAsync(context, new((int)StatusCode.ResourceExhausted, "TOO_MANY_FAILED_LOGINS", TooMany));
            return;
        }

        var result = await context.AuthenticateAsync();
        if (result.Failure is { } failure && HasProof(context))
        {
            await RefuseAsync(context, failure, address);
            return;
        }

        if (result.Failure is not null)
            context.Response.Cookies.Delete(BrowserSession.CookieName); // a session that is over makes a stranger, not an attacker

        if (result.Principal is { } user)
            Welcome(context, user, address);
        await next(context);
    }

    private static bool HasProof(HttpContext context) =>
        Accounts.BearerOf(context.Request) is not null || (context.Connection.ClientCertificate is not null && !BrowserSession.IsShownBy(context.Request));

    /// <summary>Begins the session of a browser.</summary>
    /// <param name="key">As somebody typed it.</param>
    /// <returns>Null when it has begun; else why not.</returns>
    public async Task<string?> BeginSessionAsync(HttpContext context, string key)
    {
        var address = Caller.AddressOf(context);
        if (failed.IsOver(address))
            return TooMany;
        if (keys.Find(key) is not { } found)
        {
            Count(address);
            return "This key is unknown, revoked or expired.";
        }

        await BrowserSession.BeginAsync(context, found, time.GetUtcNow(), options.Accounts.SignedInFor);
        return null;
    }

    /// <summary>Begins the session of a browser whose user has signed in at the issuer.</summary>
    /// <returns>Null when it has begun; else why not.</returns>
    public async Task<string?> BeginSessionAsync(HttpContext context, Caller caller)
    {
        if (caller.Roles.Count == 0)
        {
            audit.Refused(caller, Caller.AddressOf(context), BrowserOidc.Path);
            return "The issuer gives your account no role of this server; ask its administrator for one.";
        }

        await BrowserSession.BeginAsync(context, caller, time.GetUtcNow(), options.Accounts.SignedInFor);
        return null;
    }

    /// <summary>A sign-in at the issuer that was not brought to its end.</summary>
    public void Failed(HttpContext context) => Count(Caller.AddressOf(context));

    private Task RefuseAsync(HttpContext context, Exception failure, string address)
    {
        if (failure is IssuerAwayException)
            return Refusal.WriteAsync(context, new((int)StatusCode.Unavailable, "ISSUER_AWAY", "The issuer of tokens cannot be reached by this server; try again, or use an API key."));
        Count(address);
        return Refusal.WriteAsync(context, new((int)StatusCode.Unauthenticated, "WRONG_CREDENTIALS", "The key, token or certificate is not one of this server's accounts, or has expired; ask its administrator for another."));
    }

    private void Count(string address)
    {
        metrics.AuthFailed("credentials");
        if (failed.Count(address))
            audit.SignInFailed(address);
        if (failed.IsOver(address))
            audit.AddressBlocked(address);
    }

    /// <summary>A log-in is recorded once for each connection and account.</summary>
    private void Welcome(HttpContext context, System.Security.Claims.ClaimsPrincipal user, string address)
    {
        context.User = user;
        if (Caller.Of(user) is not { Owner.Length: > 0 } caller || context.Features.Get<IConnectionItemsFeature>()?.Items is not { } known)
            return;
        lock (known)
            if (!known.TryAdd("mrnet:" + caller.Owner, true))
                return;
        audit.SignedIn(caller, address);
    }
}
