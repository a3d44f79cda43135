using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MRNet.Imaging.Server.Security;

/// <summary>
/// A browser whose user has typed an API key into <c>/sign-in</c>, or signed in at the OpenID Connect issuer: a cookie that no
/// script reads, that says which key it was, and that ends with the key or with the server, whose memory alone holds what it is
/// sealed with.
/// </summary>
internal static class BrowserSession
{
    public const string Name = "session";
    public const string CookieName = "mrnet-session";
    private const string KeyClaim = "mrnet-key";
    private const string IssuersClaim = "mrnet-issuers";

    public static AuthenticationBuilder AddBrowserSession(this AuthenticationBuilder ways)
    {
        ways.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        return ways.AddCookie(Name, session =>
        {
            session.Cookie.Name = CookieName;
            session.Cookie.HttpOnly = true;
            session.Cookie.SameSite = SameSiteMode.Strict;
            session.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            session.SlidingExpiration = false;
            session.Events.OnValidatePrincipal = CheckKeyAsync;
        });
    }

    /// <summary>
    /// Whether the request shows such a cookie and comes from a page of this server. SameSite alone does not say so: a page on
    /// another port of this computer is of the same site.
    /// </summary>
    public static bool IsShownBy(HttpRequest request) => request.Cookies.ContainsKey(CookieName) && IsOwn(request);

    /// <summary>Whether a page of this server sent it, as browsers say; what changes nothing may also come without a word.</summary>
    public static bool IsOwn(HttpRequest request) => (request.Headers["Sec-Fetch-Site"].ToString(), request.Headers.Origin.ToString()) switch
    {
        ("same-origin" or "none", _) => true,
        ({ Length: > 0 }, _) => false,
        (_, { Length: > 0 } origin) => origin == $"{request.Scheme}://{request.Host}",
        _ => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method),
    };

    /// <param name="longest">Before the key has to be typed again; a key that expires sooner ends it.</param>
    public static Task BeginAsync(HttpContext context, ApiKey key, DateTimeOffset now, TimeSpan longest) =>
        BeginAsync(context, key.ToCaller(), new(KeyClaim, key.Sha256), now, key.Expires is { } end && end < now + longest ? end : now + longest);

    /// <param name="caller">Of the issuer, which is not asked again before it ends.</param>
    public static Task BeginAsync(HttpContext context, Caller caller, DateTimeOffset now, TimeSpan longest) =>
        BeginAsync(context, caller, new(IssuersClaim, ""), now, now + longest);

    private static Task BeginAsync(HttpContext context, Caller caller, Claim proof, DateTimeOffset now, DateTimeOffset end)
    {
        var user = caller.ToPrincipal(Name);
        user.Identities.Single().AddClaim(proof);
        return context.SignInAsync(Name, user, new() { IsPersistent = true, IssuedUtc = now, ExpiresUtc = end }); // persistent: the browser drops it when it ends
    }

    /// <summary>The key may have been revoked since.</summary>
    private static Task CheckKeyAsync(CookieValidatePrincipalContext session)
    {
        if (session.Principal?.HasClaim(claim => claim.Type == IssuersClaim) == true)
            return Task.CompletedTask;
        var services = session.HttpContext.RequestServices;
        var hash = session.Principal?.FindFirstValue(KeyClaim);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (!services.GetRequiredService<ApiKeys>().List().Any(key => key.Sha256 == hash && !key.HasExpired(now)))
            session.RejectPrincipal();
        return Task.CompletedTask;
    }
}
