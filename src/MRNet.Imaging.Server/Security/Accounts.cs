using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Security;

/// <summary>Who may call what: the ways to prove an account, and the rights that calls ask for.</summary>
internal static class Accounts
{
    private const string AnyWay = "account";

    public static void Add(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(provider => new ApiKeys(DataFolder.KeysOf(options.Store), provider.GetRequiredService<IFileSystem>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHttpContextAccessor();
        services.AddScoped(provider => provider.GetService<IHttpContextAccessor>()?.HttpContext is { } context && Caller.Of(context.User) is { } caller
            ? caller
            : throw new InvalidOperationException("Nobody has signed in."));
        var ways = services.AddAuthentication(ListeningRules.HasAccounts(options) ? AnyWay : AnyoneAuthentication.Name)
            .AddScheme<AuthenticationSchemeOptions, AnyoneAuthentication>(AnyoneAuthentication.Name, null)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.Name, null)
            .AddScheme<AuthenticationSchemeOptions, CertificateAuthentication>(CertificateAuthentication.Name, null)
            .AddBrowserSession()
            .AddPolicyScheme(AnyWay, null, any => any.ForwardDefaultSelector = context => WayOf(context, options));
        if (options.Accounts.Oidc.Issuer is not null)
            ways.AddJwtBearer(OidcAuthentication.Name, jwt => OidcAuthentication.Configure(jwt, options.Accounts.Oidc));
        if (BrowserOidc.IsOn(options.Accounts.Oidc))
            BrowserOidc.AddTo(ways, options.Accounts.Oidc);
        AddRights(services);
    }

    /// <summary>The token of <c>authorization: Bearer</c>; null when there is none.</summary>
    public static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } text && text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? text["Bearer ".Length..].Trim() : null;

    /// <summary>A token or a key that was typed in says more than the certificate of the computer it comes from.</summary>
    private static string WayOf(HttpContext context, ServerOptions options) => BearerOf(context.Request) switch
    {
        null => BrowserSession.IsShownBy(context.Request) ? BrowserSession.Name : CertificateAuthentication.Name,
        var token when token.StartsWith(ApiKey.Prefix, StringComparison.Ordinal) || options.Accounts.Oidc.Issuer is null => ApiKeyAuthentication.Name,
        _ => OidcAuthentication.Name,
    };

    /// <summary>A policy for each right, by its name. What asks for none is open to whoever has an account, and to no one else.</summary>
    private static void AddRights(IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusedCalls>();
        services.AddSingleton<SignIn>();
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.Configure<AuthorizationOptions>(authorization =>
        {
            foreach (var right in Enum.GetValues<Rights>().Where(right => right != Rights.None))
                authorization.AddPolicy(right.ToString(), policy => policy.RequireAuthenticatedUser().RequireAssertion(asked => Caller.Of(asked.User) is { } caller && caller.May(right)));
        });
    }
}
