using System.Net;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Security;

/// <summary>Closed by default: other computers reach a server only over TLS and with accounts, or by the word "insecure".</summary>
internal static class ListeningRules
{
    /// <exception cref="WrongSettingException">A setting that does not fit, or what is missing to listen there.</exception>
    public static void Check(ServerOptions options)
    {
        CheckTls(options);
        CheckAccounts(options.Accounts);
        if (!options.Tls.IsOn && options.PagesPort > IPEndPoint.MaxPort)
            throw new WrongSettingException($"--port is {options.Port}; expected a lower one, for pages are on the next, or a WebPort of their own.");
        if (IsOpen(options) && !options.Insecure)
            throw new WrongSettingException($"--listen {options.Listen} lets other computers call, which needs {Missing(options)}; add that, or say --insecure.");
    }

    /// <summary>Where the server listens.</summary>
    public static IPAddress AddressOf(ServerOptions options) => options.Listen switch
    {
        "localhost" => IPAddress.Loopback,
        var text when IPAddress.TryParse(text, out var address) => address,
        var text => throw new WrongSettingException($"--listen is '{text}'; expected an address of this computer such as 127.0.0.1, 0.0.0.0 or ::."),
    };

    public static bool IsLoopback(ServerOptions options) => IPAddress.IsLoopback(AddressOf(options));

    /// <summary>Whether callers must say who they are.</summary>
    public static bool HasAccounts(ServerOptions options) =>
        options.Accounts.Required || options.Accounts.Oidc.Issuer is not null || options.Tls.ClientAuthorities is not null || File.Exists(DataFolder.KeysOf(options.Store));

    /// <summary>Other computers can call, and something that should protect that is missing.</summary>
    public static bool IsOpen(ServerOptions options) => !IsLoopback(options) && !(options.Tls.IsOn && HasAccounts(options));

    /// <summary>For log, page and audit.</summary>
    public static string Missing(ServerOptions options) => (options.Tls.IsOn, HasAccounts(options)) switch
    {
        (false, false) => "TLS (--tls-certificate FILE) and accounts (mrnet keys add NAME --role viewer, --oidc-issuer or --client-ca)",
        (false, true) => "TLS (--tls-certificate FILE)",
        _ => "accounts (mrnet keys add NAME --role viewer, --oidc-issuer or --client-ca)",
    };

    private static void CheckTls(ServerOptions options)
    {
        if (!options.Tls.IsOn && (options.Tls.ClientAuthorities ?? options.Tls.Key) is not null)
            throw new WrongSettingException("--client-ca or --tls-key is given without --tls-certificate; expected the server's certificate too.");
        if (options.Tls.RequireClientCertificate && options.Tls.ClientAuthorities is null)
            throw new WrongSettingException("Client certificates are required but no authority is named whose certificates count; expected --client-ca FILE.");
    }

    private static void CheckAccounts(AccountOptions accounts)
    {
        if (accounts.Certificates.Any(account => account.Subject.Length == 0))
            throw new WrongSettingException("Accounts:Certificates has an account without Subject; expected the common name of its certificate.");
        foreach (var role in accounts.Certificates.Select(account => account.Role).Concat(accounts.Oidc.Roles.Values))
            if (Roles.Parse(role) is null)
                throw new WrongSettingException($"The role '{role}' of an account is unknown; expected {Roles.Names}.");
        if (accounts.Oidc.Issuer is not { } issuer)
        {
            if (accounts.Oidc.ClientId is not null)
                throw new WrongSettingException("--oidc-client-id is given without --oidc-issuer; expected the issuer too.");
            return;
        }

        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var uri) || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
            throw new WrongSettingException($"--oidc-issuer is '{issuer}'; expected an https address (http only on this computer).");
        if (accounts.Oidc.Audience.Length == 0)
            throw new WrongSettingException("--oidc-audience is empty; expected the name this server has at the issuer.");
        if (accounts.Oidc.ClientId is { Length: 0 })
            throw new WrongSettingException("--oidc-client-id is empty; expected the name this server has at the issuer for browsers.");
        if (accounts.Oidc.ClientSecretFile is { } secret && !File.Exists(secret))
            throw new WrongSettingException($"Accounts:Oidc:ClientSecretFile names {secret}, which is not there; expected a file with the secret.");
    }
}
