using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace MRNet.Imaging.Server.Security;

/// <summary>The account of an API key.</summary>
internal sealed class ApiKeyAuthentication(ApiKeys keys, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "key";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Accounts.BearerOf(Request) is not { } key)
            return Task.FromResult(AuthenticateResult.NoResult());
        return Task.FromResult(keys.Find(key) is { } found
            ? AuthenticateResult.Success(new(found.ToCaller().ToPrincipal(Name), Name))
            : AuthenticateResult.Fail("The key is unknown, revoked or expired."));
    }
}
