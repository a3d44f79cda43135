using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Security;

/// <summary>
/// How the server speaks TLS: BCP 195 (RFC 9325), with the certificate that is in the files now. The files are looked at
/// when a connection comes and the last look is some seconds old; broken new ones leave the old ones in use.
/// </summary>
internal sealed partial class ServerCertificates(ServerOptions server, AuditTrail audit, TimeProvider time, ILogger<ServerCertificates> log)
{
    private readonly TlsOptions options = server.Tls;
    private readonly Lock gate = new();
    private Loaded? current;
    private string refused = "";
    private long looked;

    /// <summary>For a new connection.</summary>
    public SslServerAuthenticationOptions Now()
    {
        using var _ = gate.EnterScope();
        if (current is null)
            Load();
        else if (time.GetElapsedTime(looked) >= options.Recheck)
            LookAgain();
        return current!.Tls;
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="InvalidImageException">They cannot be used.</exception>
    public void Load()
    {
        var authorities = options.ClientAuthorities is { } path ? CertificateFiles.ReadAuthorities(path) : null;
        var (leaf, chain) = CertificateFiles.ReadServer(options);
        current = new(CertificateFiles.Fingerprint(options), TlsOf(leaf, chain, authorities));
        looked = time.GetTimestamp();
        if (leaf.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime)
            LogExpired(leaf.NotAfter);
    }

    private void LookAgain()
    {
        looked = time.GetTimestamp();
        var found = "";
        try
        {
            found = CertificateFiles.Fingerprint(options);
            if (found == current!.Fingerprint || found == refused)
                return;
            Load();
            audit.CertificateReplaced();
            LogReplaced();
        }
        catch (Exception error) when (error is InvalidImageException or IOException or UnauthorizedAccessException)
        {
            refused = found; // said once, until the files change again
            LogBroken(error.Message);
        }
    }

    private SslServerAuthenticationOptions TlsOf(X509Certificate2 leaf, X509Certificate2Collection chain, X509Certificate2Collection? authorities) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CipherSuitesPolicy = OperatingSystem.IsWindows() ? null : new(Suites), // Windows has its list in the registry
        AllowRenegotiation = false,
        ClientCertificateRequired = authorities is not null,
        CertificateChainPolicy = authorities is null ? null : PolicyOf(authorities),
        RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsAccepted(certificate, errors),
    };

    /// <summary>No certificate is an account's lack, decided later, unless every connection needs one; a bad one is always refused.</summary>
    private bool IsAccepted(X509Certificate? certificate, SslPolicyErrors errors) =>
        certificate is null ? !options.RequireClientCertificate : errors == SslPolicyErrors.None;

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2")); // clientAuth
        return policy;
    }

    /// <summary>Browsers without AES in hardware prefer ChaCha20.</summary>
    private static readonly TlsCipherSuite[] Suites =
    [
        .. Bcp195.Suites,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    private sealed record Loaded(string Fingerprint, SslServerAuthenticationOptions Tls);

    [LoggerMessage(1, LogLevel.Warning, "The server's certificate has expired at {NotAfter}: clients will refuse it.")]
    private partial void LogExpired(DateTime notAfter);

    [LoggerMessage(2, LogLevel.Information, "The server's certificate was replaced.")]
    private partial void LogReplaced();

    [LoggerMessage(3, LogLevel.Error, "The new certificate files are not used, the old certificate stays: {Reason}")]
    private partial void LogBroken(string reason);
}
