using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MRNet.Imaging.Server.Security;

/// <summary>Certificates from the files of <see cref="TlsOptions"/>.</summary>
internal static class CertificateFiles
{
    /// <summary>The server's certificate with its key, and the certificates between it and its authority.</summary>
    /// <exception cref="InvalidImageException">A file that is not there or not what it should be.</exception>
    public static (X509Certificate2 Leaf, X509Certificate2Collection Chain) ReadServer(TlsOptions options) =>
        Told("--tls-certificate", options.Certificate!, () => IsPkcs12(options.Certificate!) ? Pkcs12(options) : Pem(options));

    /// <exception cref="InvalidImageException">A file that is not there or holds no certificate.</exception>
    public static X509Certificate2Collection ReadAuthorities(string path) => Told("--client-ca", path, () =>
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    });

    /// <summary>A hash of all files: another one when anything was replaced.</summary>
    public static string Fingerprint(TlsOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in new[] { options.Certificate, options.Key, options.PasswordFile, options.ClientAuthorities }.OfType<string>())
            hash.AppendData(File.ReadAllBytes(path));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static bool IsPkcs12(string path) => Path.GetExtension(path).ToLowerInvariant() is ".pfx" or ".p12";

    private static (X509Certificate2, X509Certificate2Collection) Pkcs12(TlsOptions options)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(options.Certificate!, Password(options));
        var leaf = all.FirstOrDefault(one => one.HasPrivateKey) ?? throw new CryptographicException("it holds no private key");
        return (leaf, [.. all.Where(one => one != leaf)]);
    }

    private static (X509Certificate2, X509Certificate2Collection) Pem(TlsOptions options)
    {
        var leaf = Password(options) is { } password
            ? X509Certificate2.CreateFromEncryptedPemFile(options.Certificate!, password, options.Key)
            : X509Certificate2.CreateFromPemFile(options.Certificate!, options.Key);
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(options.Certificate!);
        return (Usable(leaf), [.. all.Where(one => one.Thumbprint != leaf.Thumbprint)]);
    }

    /// <summary>Windows' TLS takes a key from PKCS #12 only.</summary>
    private static X509Certificate2 Usable(X509Certificate2 leaf) =>
        OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null) : leaf;

    private static string? Password(TlsOptions options) => options.PasswordFile is { } file ? File.ReadAllText(file).TrimEnd('\r', '\n') : null;

    private static T Told<T>(string option, string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidImageException($"{option} {path} cannot be used: {error.Message.TrimEnd('.')}; expected a certificate with its private key, PEM or .pfx.", error);
        }
    }
}
