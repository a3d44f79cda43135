using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace MRNet.Imaging.Server.Security;

/// <summary>The account of a token that an OpenID Connect issuer signed. The work is JwtBearer's; here is what is accepted.</summary>
internal static class OidcAuthentication
{
    public const string Name = "oidc";

    /// <summary>Signatures with a key pair only: neither <c>none</c> nor HMAC, under which the public key would do as the secret.</summary>
    public static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    public static void Configure(JwtBearerOptions jwt, OidcOptions options)
    {
        jwt.Authority = options.Issuer;
        jwt.RequireHttpsMetadata = new Uri(options.Issuer!).Scheme == Uri.UriSchemeHttps;
        jwt.MapInboundClaims = false;
        jwt.TokenValidationParameters = new()
        {
            ValidAudience = options.Audience,
            ValidAlgorithms = Algorithms,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = ClockSkew,
        };
        jwt.Events = new()
        {
            OnMessageReceived = CheckIssuerAsync,
            OnTokenValidated = context => ToCaller(context, options),
        };
    }

    /// <summary>An issuer that cannot be reached is no failed log-in.</summary>
    private static async Task CheckIssuerAsync(MessageReceivedContext context)
    {
        if (Accounts.BearerOf(context.Request) is null || context.Options.ConfigurationManager is not IConfigurationManager<OpenIdConnectConfiguration> issuer)
            return;
        try
        {
            await issuer.GetConfigurationAsync(context.HttpContext.RequestAborted);
        }
        catch (InvalidOperationException error)
        {
            context.Fail(new IssuerAwayException(error));
        }
    }

    private static Task ToCaller(TokenValidatedContext context, OidcOptions options)
    {
        if (CallerOf(context.Principal!, options) is { } caller)
            context.Principal = caller.ToPrincipal(Name);
        else
            context.Fail("The token has no sub.");
        return Task.CompletedTask;
    }

    /// <summary>Whom a checked token speaks of, whichever way it came; null when it does not say.</summary>
    public static Caller? CallerOf(ClaimsPrincipal user, OidcOptions options)
    {
        if (user.FindFirstValue("sub") is not { Length: > 0 } subject)
            return null;
        Role[] roles = [.. user.FindAll(options.RoleClaim).Select(claim => Roles.Parse(options.Roles.GetValueOrDefault(claim.Value, claim.Value))).OfType<Role>().Distinct().OrderDescending()];
        return new(user.FindFirstValue(options.NameClaim) ?? subject, $"oidc:{subject}", roles);
    }
}

/// <summary>The issuer's keys cannot be fetched.</summary>
internal sealed class IssuerAwayException(Exception inner) : Exception("The issuer of tokens cannot be reached.", inner);
