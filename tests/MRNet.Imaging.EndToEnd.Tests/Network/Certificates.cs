using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>An authority of the test and certificates it signed, as PEM files.</summary>
internal sealed class Certificates
{
    private readonly string folder;
    private readonly X509Certificate2 authority;

    public Certificates(string folder)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        authority = request.CreateSelfSigned(From, To);
        File.WriteAllText(Authority, authority.ExportCertificatePem());
    }

    private static DateTimeOffset From => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static DateTimeOffset To => TimeProvider.System.GetUtcNow().AddDays(1);

    public string Authority => Path.Combine(folder, "ca.pem");

    public (string Certificate, string Key) Sign(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, From, To.AddHours(-1), RandomNumberGenerator.GetBytes(8));
        var (certificate, file) = (Path.Combine(folder, name + ".pem"), Path.Combine(folder, name + ".key"));
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return (certificate, file);
    }
}
