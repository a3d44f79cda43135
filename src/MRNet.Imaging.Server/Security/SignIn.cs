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
internal sealed class SignIn(ServerOptions options, AuditTrail audit, ServerMetrics metrics, TimeProvider time) : IMiddleware
{
    private readonly Attempts failed = new(options.Accounts.FailuresPerMinute, time);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var address = Caller.AddressOf(context);
        if (HasProof(context) && failed.IsOver(address))
        {
            await Refusal.WriteAsync(context, new((int)StatusCode.ResourceExhausted, "TOO_MANY_FAILED_LOGINS", "Too many failed log-ins came from this address; wait a minute."));
            return;
        }

        var result = await context.AuthenticateAsync();
        if (result.Failure is { } failure)
        {
            await RefuseAsync(context, failure, address);
            return;
        }

        if (result.Principal is { } user)
            Welcome(context, user, address);
        await next(context);
    }

    private static bool HasProof(HttpContext context) => Accounts.BearerOf(context.Request) is not null || context.Connection.ClientCertificate is not null;

    private Task RefuseAsync(HttpContext context, Exception failure, string address)
    {
        if (failure is IssuerAwayException)
            return Refusal.WriteAsync(context, new((int)StatusCode.Unavailable, "ISSUER_AWAY", "The issuer of tokens cannot be reached by this server; try again, or use an API key."));
        metrics.AuthFailed("credentials");
        if (failed.Count(address))
            audit.SignInFailed(address);
        if (failed.IsOver(address))
            audit.AddressBlocked(address);
        return Refusal.WriteAsync(context, new((int)StatusCode.Unauthenticated, "WRONG_CREDENTIALS", "The key, token or certificate is not one of this server's accounts, or has expired; ask its administrator for another."));
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
