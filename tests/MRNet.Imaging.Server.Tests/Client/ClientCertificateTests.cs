using System.Security.Cryptography.X509Certificates;
using MRNet.Imaging.Client;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Tests.Security;

namespace MRNet.Imaging.Server.Tests.Client;

/// <summary>The client with a certificate of its own, over real sockets.</summary>
[Collection(nameof(SecureServer))]
public sealed class ClientCertificateTests : IDisposable
{
    private readonly SecureServer server;
    private readonly TemporaryFolder folder = new();

    public ClientCertificateTests(SecureServer server)
    {
        this.server = server;
        File.WriteAllText(folder["ca.pem"], server.Authority.Root.ExportCertificatePem());
    }

    [Fact]
    public async Task A_certificate_and_its_key_in_pem_say_who_calls()
    {
        Write(server.Authority.Issue("slicer-3", host: null));

        Assert.Equal("Slicer in room 3", await NameAsync(Pem));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData(null)]
    public async Task So_does_a_pfx_file_with_its_password_or_without(string? password)
    {
        File.WriteAllBytes(folder["me.pfx"], server.Authority.Issue("slicer-3", host: null).Export(X509ContentType.Pkcs12, password));
        File.WriteAllText(folder["password"], "secret\n");

        Assert.Equal("Slicer in room 3", await NameAsync(Trusting with { ClientCertificateFile = folder["me.pfx"], ClientPasswordFile = password is null ? null : folder["password"] }));
    }

    [Fact]
    public async Task Without_one_the_server_asks_for_another_proof() =>
        Assert.Contains("wants an account", (await RefusedAsync<PeerException>(Trusting)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Without_one_that_the_server_requires_it_is_said_what_may_be_missing()
    {
        await using var strict = ServerApplication.Create(RunningServer.Options(folder["store"]) with
        {
            Tls = new() { Certificate = server.Certificate, Key = server.Key, ClientAuthorities = folder["ca.pem"], RequireClientCertificate = true },
        });
        await strict.StartAsync();
        using var client = MrnetClient.Connect(strict.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal), Trusting);

        Assert.Contains("client certificate (--client-cert) or wants one", (await Assert.ThrowsAsync<PeerException>(() => client.GetServerAsync())).Message, StringComparison.Ordinal);
        await strict.StopAsync();
    }

    [Fact]
    public async Task One_of_another_authority_is_refused_and_it_is_said_whose_certificate_is_wrong()
    {
        using var other = new TestAuthority("Another");
        Write(other.Issue("slicer-3", host: null));

        Assert.Contains("does not accept the client certificate", (await RefusedAsync<PeerException>(Pem)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_whose_time_is_over_is_not_even_shown()
    {
        Write(server.Authority.Issue("slicer-3", host: null, isExpired: true));

        Assert.Contains("expected one that is good today", (await RefusedAsync<InvalidImageException>(Pem)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_own_certificate_is_checked_as_before()
    {
        using var other = new TestAuthority("Another");
        File.WriteAllText(folder["ca.pem"], other.Root.ExportCertificatePem());
        Write(server.Authority.Issue("slicer-3", host: null));

        Assert.Contains("server's certificate is not trusted", (await RefusedAsync<PeerException>(Pem)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_named()
    {
        File.WriteAllText(folder["me.pem"], "nothing");
        Assert.Contains("me.pem cannot be used", (await RefusedAsync<InvalidImageException>(Pem)).Message, StringComparison.Ordinal);
        Assert.Contains("without a client certificate", (await RefusedAsync<InvalidImageException>(Trusting with { ClientKeyFile = folder["me.key"] })).Message, StringComparison.Ordinal);
        Assert.Contains("expected https://", Assert.Throws<InvalidImageException>(() => MrnetClient.Connect("http://127.0.0.1:1", Pem)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private ConnectionOptions Trusting => new() { AuthorityFile = folder["ca.pem"] };

    private ConnectionOptions Pem => Trusting with { ClientCertificateFile = folder["me.pem"], ClientKeyFile = folder["me.key"] };

    private void Write(X509Certificate2 certificate) => TestAuthority.Write(certificate, folder["me.pem"], folder["me.key"]);

    private async Task<string> NameAsync(ConnectionOptions options)
    {
        using var client = MrnetClient.Connect(server.Address, options);
        return (await client.GetServerAsync()).Caller.Name;
    }

    private Task<T> RefusedAsync<T>(ConnectionOptions options) where T : Exception => Assert.ThrowsAsync<T>(() => NameAsync(options));
}
