using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MRNet.Dicom.Network;

/// <summary>
/// TLS after the BCP 195 profile of PS3.15 annex B.9: 1.2 and 1.3, forward secrecy and authenticated encryption only.
/// Certificates come from PEM files and are read anew for each connection or listener.
/// </summary>
public sealed record TlsSettings
{
    /// <summary>Our certificate with its chain, PEM. A listener needs one; a caller where the peer asks for it.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its private key, PEM.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Who may sign the other side's certificate, PEM. Null: the system's authorities, and a listener asks for none.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The name the peer's certificate must carry; null for the host that is called.</summary>
    public string? PeerName { get; init; }

    /// <summary>Archives that know no elliptic curves still have ephemeral Diffie-Hellman.</summary>
    private static readonly TlsCipherSuite[] Suites =
    [
        .. Bcp195.Suites,
        TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    ];

    internal async Task<Stream> CallAsync(Stream plain, string host, CancellationToken cancellation)
    {
        var tls = new SslStream(plain);
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        ApplyTo(options);
        return await ShakeHandsAsync(tls, stream => stream.AuthenticateAsClientAsync(options, cancellation)).ConfigureAwait(false);
    }

    /// <summary>For a connection that is no DICOM one: the same rules.</summary>
    /// <exception cref="DicomNetworkException">A file is absent, or not PEM.</exception>
    public void ApplyTo(SslClientAuthenticationOptions options)
    {
        var own = Own();
        options.TargetHost = PeerName ?? options.TargetHost;
        options.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        options.ClientCertificates = own is null ? null : [own];
        options.CertificateChainPolicy = Policy();
        options.CipherSuitesPolicy = OperatingSystem.IsLinux() ? LinuxSuites() : null;
        options.AllowRenegotiation = false;
    }

    internal async Task<Stream> AnswerAsync(Stream plain, CancellationToken cancellation)
    {
        var tls = new SslStream(plain);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = Own() ?? throw new DicomNetworkException("A TLS listener needs a certificate and its key.", isTransient: false),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = AuthorityFile is not null,
            CertificateChainPolicy = Policy(),
            RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None || (AuthorityFile is null && errors == SslPolicyErrors.RemoteCertificateNotAvailable),
            CipherSuitesPolicy = OperatingSystem.IsLinux() ? LinuxSuites() : null,
            AllowRenegotiation = false,
        };
        return await ShakeHandsAsync(tls, stream => stream.AuthenticateAsServerAsync(options, cancellation)).ConfigureAwait(false);
    }

    /// <summary>Reads the files, so that a wrong one is said at the start and not at the first connection.</summary>
    /// <exception cref="DicomNetworkException">Absent, or not PEM.</exception>
    public void Check()
    {
        Own()?.Dispose();
        Policy();
    }

    private static async Task<Stream> ShakeHandsAsync(SslStream tls, Func<SslStream, Task> shake)
    {
        try
        {
            await shake(tls).ConfigureAwait(false);
            return tls;
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new DicomNetworkException($"TLS did not come about: {error.InnerException?.Message ?? error.Message}", isTransient: error is IOException, error);
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private X509Certificate2? Own()
    {
        if (CertificateFile is null)
            return null;
        return Read(CertificateFile, () =>
        {
            using var pem = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null); // Windows takes no key that is not in a store
        });
    }

    private X509ChainPolicy? Policy()
    {
        if (AuthorityFile is null)
            return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        return Read(AuthorityFile, () =>
        {
            policy.CustomTrustStore.ImportFromPemFile(AuthorityFile);
            return policy;
        });
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new DicomNetworkException($"{Path.GetFileName(file)} could not be read as a PEM certificate: {error.Message}", isTransient: false, error);
        }
    }

    [SupportedOSPlatform("linux")]
    private static CipherSuitesPolicy LinuxSuites() => new(Suites);
}
