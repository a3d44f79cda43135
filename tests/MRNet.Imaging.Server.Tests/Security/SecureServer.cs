using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>A server with TLS, keys, an issuer and client certificates, as in a hospital.</summary>
public sealed class SecureServer : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private TestIssuer issuer = null!;
    private WebApplication application = null!;

    internal TestAuthority Authority { get; } = new();

    internal TestIssuer Issuer => issuer;

    public string Data => folder["data"];

    public string Certificate => folder["server.pem"];

    public string Key => folder["server.key"];

    /// <summary>https://localhost:port</summary>
    public string Address => application.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public int Port => new Uri(application.Urls.Single()).Port;

    public string Viewer { get; private set; } = "";

    public string Operator { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        UseGoodCertificate();
        File.WriteAllText(folder["clients.pem"], Authority.Root.ExportCertificatePem());
        (Viewer, Operator) = (NewKey("vera", "viewer"), NewKey("otto", "operator"));
        File.WriteAllText(folder["client.secret"], TestIssuer.Secret + "\n");
        issuer = await TestIssuer.StartAsync();
        application = ServerApplication.Create(RunningServer.Options(Data) with
        {
            Tls = new() { Certificate = Certificate, Key = Key, ClientAuthorities = folder["clients.pem"], Recheck = TimeSpan.Zero },
            Accounts = new()
            {
                FailuresPerMinute = 1000,
                Oidc = new() { Issuer = issuer.Address, ClientId = TestIssuer.ClientId, ClientSecretFile = folder["client.secret"], Roles = new Dictionary<string, string> { ["radiologists"] = "operator" } },
                Certificates = [new("slicer-3", "viewer", "Slicer in room 3")],
            },
        });
        await application.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
        await issuer.DisposeAsync();
        Authority.Dispose();
        folder.Dispose();
    }

    public string NewKey(string name, string role, TimeSpan? lifetime = null) => KeyChanges.Add(Data, name, role, lifetime, "test");

    public void UseGoodCertificate() => Use(Authority.Issue("server"));

    public void Use(X509Certificate2 certificate) => TestAuthority.Write(certificate, Certificate, Key);

    public string Audit() => File.ReadAllText(Path.Combine(Data, "audit.log"));

    /// <summary>A new connection.</summary>
    /// <param name="trusted">Whose servers the client believes; null: the right authority.</param>
    public HttpClient Http(string? token = null, X509Certificate2? certificate = null, X509Certificate2? trusted = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { trusted ?? Authority.Root } };
        var tls = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        if (certificate is not null)
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        var http = new HttpClient(new SocketsHttpHandler { SslOptions = tls, UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new(Address) };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    public Protocol.V1.Segmentation.SegmentationClient Client(string? token = null, X509Certificate2? certificate = null, X509Certificate2? trusted = null) =>
        new(GrpcChannel.ForAddress(Address, new() { HttpClient = Http(token, certificate, trusted), DisposeHttpClient = true }));

    /// <summary>How asking who one is ends; and the answer.</summary>
    public async Task<(StatusCode Status, Protocol.V1.Caller? Caller)> AskAsync(string? token = null, X509Certificate2? certificate = null, X509Certificate2? trusted = null)
    {
        try
        {
            return (StatusCode.OK, (await Client(token, certificate, trusted).GetServerAsync(new())).Caller);
        }
        catch (RpcException error)
        {
            return (error.StatusCode, null);
        }
    }
}

/// <summary>Tests that share it run one after another.</summary>
[CollectionDefinition(nameof(SecureServer))]
public sealed class SecureServerCollection : ICollectionFixture<SecureServer>;
