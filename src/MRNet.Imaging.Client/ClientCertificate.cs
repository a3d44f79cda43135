using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MRNet.Imaging.Client;

/// <summary>The certificate by which a server knows this client, from the files of <see cref="ConnectionOptions"/>.</summary>
internal static class ClientCertificate
{
    /// <returns>Null: none is given.</returns>
    /// <exception cref="InvalidImageException">A file that is not there or not what it should be, or a certificate out of its time.</exception>
    public static SslStreamCertificateContext? Read(ConnectionOptions options)
    {
        if (options.ClientCertificateFile is not { } file)
            return options.ClientKeyFile is null ? null : throw new InvalidImageException("A client key is given without a client certificate; expected both.");
        var (leaf, chain) = Load(file, options);
        if (options.Time.GetUtcNow() is var now && (now < leaf.NotBefore.ToUniversalTime() || now > leaf.NotAfter.ToUniversalTime()))
            throw new InvalidImageException($"The client certificate {Path.GetFileName(file)} is good from {leaf.NotBefore:yyyy-MM-dd} to {leaf.NotAfter:yyyy-MM-dd}; expected one that is good today.");
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private static (X509Certificate2 Leaf, X509Certificate2Collection Chain) Load(string file, ConnectionOptions options)
    {
        try
        {
            var password = options.ClientPasswordFile is { } secret ? File.ReadAllText(secret).TrimEnd('\r', '\n') : null;
            var isPkcs12 = Path.GetExtension(file).ToLowerInvariant() is ".pfx" or ".p12";
            return isPkcs12 ? Pkcs12(file, password) : Pem(file, options.ClientKeyFile, password);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidImageException($"The client certificate {Path.GetFileName(file)} cannot be used: {error.Message.TrimEnd('.')}; expected a certificate with its private key, PEM or .pfx.", error);
        }
    }

    private static (X509Certificate2, X509Certificate2Collection) Pkcs12(string file, string? password)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
        var leaf = all.FirstOrDefault(one => one.HasPrivateKey) ?? throw new CryptographicException("it holds no private key");
        return (leaf, [.. all.Where(one => one != leaf)]);
    }

    private static (X509Certificate2, X509Certificate2Collection) Pem(string file, string? key, string? password)
    {
        var leaf = password is null ? X509Certificate2.CreateFromPemFile(file, key) : X509Certificate2.CreateFromEncryptedPemFile(file, password, key);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        // Windows' TLS takes a key from PKCS #12 only
        var usable = OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null) : leaf;
        return (usable, [.. all.Where(one => one.Thumbprint != leaf.Thumbprint)]);
    }
}
