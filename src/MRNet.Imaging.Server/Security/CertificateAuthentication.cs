using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Security;

/// <summary>The account of a client certificate, which TLS has checked already: what is left is whose it is.</summary>
internal sealed class CertificateAuthentication(ServerOptions server, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "certificate";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Context.Connection.ClientCertificate switch
    {
        null => AuthenticateResult.NoResult(),
        var certificate when AccountOf(certificate) is { } account => AuthenticateResult.Success(new(CallerOf(account).ToPrincipal(Name), Name)),
        _ => AuthenticateResult.Fail("The client certificate belongs to no account."),
    });

    private CertificateAccount? AccountOf(X509Certificate2 certificate) => server.Accounts.Certificates.FirstOrDefault(account =>
        account.Subject == certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) || account.Subject == certificate.Subject);

    private static Caller CallerOf(CertificateAccount account) =>
        new(account.Name.Length > 0 ? account.Name : account.Subject, $"certificate:{account.Subject}", [Roles.Parse(account.Role)!.Value]);
}
