using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Security;

/// <summary>How connections are protected. Files are read again when they change.</summary>
public sealed record TlsOptions
{
    /// <summary>The server's certificate with its chain, PEM, or PKCS #12 (.pfx, .p12); null: no TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>The private key, PEM; null when the certificate's file holds it.</summary>
    public string? Key { get; init; }

    /// <summary>A file with the password of the key or of the PKCS #12 file; a password never stands on a command line.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Authorities, PEM, whose client certificates are accepted; null: clients are not asked for any.</summary>
    public string? ClientAuthorities { get; init; }

    /// <summary>A connection without a client certificate is refused.</summary>
    public bool RequireClientCertificate { get; init; }

    /// <summary>How often the files are looked at, at most 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Recheck { get; init; } = TimeSpan.FromSeconds(10);

    public bool IsOn => Certificate is not null;
}

/// <summary>Who may call. API keys are in <c>Store</c>, see <c>mrnet keys</c>.</summary>
public sealed record AccountOptions
{
    /// <summary>Only callers with an account are served. It is so anyway when there are API keys, an OIDC issuer or client certificates.</summary>
    public bool Required { get; init; }

    public OidcOptions Oidc { get; init; } = new();

    /// <summary>Accounts whose proof is a client certificate.</summary>
    public IReadOnlyList<CertificateAccount> Certificates { get; init; } = [];

    /// <summary>How long a browser stays signed in, at most, before the key has to be typed, or the issuer asked, again.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan SignedInFor { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Failed log-ins of an address within a minute before it has to wait for the next.</summary>
    [Range(1, 1_000_000)]
    public int FailuresPerMinute { get; init; } = 10;
}

/// <summary>An account whose proof is a client certificate.</summary>
/// <param name="Subject">The certificate's common name, or its whole subject as RFC 4514 writes it.</param>
/// <param name="Role">viewer, operator, trainer or admin.</param>
/// <param name="Name">As people read it; the subject when empty.</param>
public sealed record CertificateAccount(string Subject = "", string Role = "", string Name = "");

/// <summary>Accounts of an OpenID Connect issuer: tokens that programs send, and users who sign in at it in a browser.</summary>
public sealed record OidcOptions
{
    /// <summary>Its address, where <c>/.well-known/openid-configuration</c> is; null: no such tokens.</summary>
    public string? Issuer { get; init; }

    /// <summary>What the token must be made for.</summary>
    public string Audience { get; init; } = "mrnet";

    /// <summary>The name of this server at the issuer for users of a browser, who then sign in there; null: they need an API key.</summary>
    public string? ClientId { get; init; }

    /// <summary>A file with the secret that goes with <see cref="ClientId"/>; null for a public client, which proves itself by PKCE alone.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>What the issuer is asked to put into the ID token of a user of a browser, separated by spaces; <c>openid</c> must be among it.</summary>
    [RegularExpression("(.* )?openid( .*)?", ErrorMessage = "scopes separated by spaces, openid among them")]
    public string Scope { get; init; } = "openid profile";

    /// <summary>The claim with the roles, one or a list.</summary>
    public string RoleClaim { get; init; } = "roles";

    /// <summary>The issuer's names of our roles, where they differ: <c>{"radiologists": "operator"}</c>.</summary>
    public IReadOnlyDictionary<string, string> Roles { get; init; } = new Dictionary<string, string>();

    /// <summary>The claim with the name that people read; who somebody is, <c>sub</c> says.</summary>
    public string NameClaim { get; init; } = "preferred_username";
}
