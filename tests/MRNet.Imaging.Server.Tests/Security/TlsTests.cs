using System.Diagnostics;
using System.Security.Authentication;
using Grpc.Core;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.Security;

[Collection(nameof(SecureServer))]
public class TlsTests(SecureServer server)
{
    [Fact]
    public async Task One_port_serves_grpc_and_pages()
    {
        using var http = server.Http();

        Assert.Equal(StatusCode.OK, (await server.AskAsync(server.Viewer)).Status);
        Assert.Contains("serves accounts", await http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("another host")]
    [InlineData("another authority")]
    public async Task A_client_refuses_a_server_whose_certificate_is_not_right(string fault)
    {
        using var other = new TestAuthority("Another");
        try
        {
            server.Use(fault switch
            {
                "expired" => server.Authority.Issue("server", isExpired: true),
                "another host" => server.Authority.Issue("server", "example.org"),
                _ => other.Issue("server"),
            });
            using var http = server.Http();

            Assert.IsType<AuthenticationException>((await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/healthz"))).InnerException);
        }
        finally
        {
            server.UseGoodCertificate();
        }
    }

    [Fact]
    public async Task A_certificate_replaced_while_the_server_runs_is_used_for_the_next_connection()
    {
        using var other = new TestAuthority("Another");
        using var before = server.Http();
        await before.GetStringAsync("/healthz");
        try
        {
            server.Use(other.Issue("server"));
            using var after = server.Http(trusted: other.Root);

            Assert.Equal("Healthy", await after.GetStringAsync("/healthz"));
            Assert.Equal("Healthy", await before.GetStringAsync("/healthz"));
            Assert.Contains("certificate replaced", server.Audit(), StringComparison.Ordinal);
        }
        finally
        {
            server.UseGoodCertificate();
        }
    }

    [Fact]
    public async Task A_broken_certificate_file_leaves_the_old_one_in_use()
    {
        using var before = server.Http();
        await before.GetStringAsync("/healthz"); // the good one is in use, whatever a test before this one has put there
        try
        {
            File.WriteAllText(server.Certificate, "broken");
            using var http = server.Http();

            Assert.Equal("Healthy", await http.GetStringAsync("/healthz"));
        }
        finally
        {
            server.UseGoodCertificate();
        }
    }

    [Fact]
    public async Task A_client_certificate_is_an_account()
    {
        var (status, caller) = await server.AskAsync(certificate: server.Authority.Issue("slicer-3", host: null));

        Assert.Equal((StatusCode.OK, "Slicer in room 3", "viewer"), (status, caller?.Name, caller?.Role));
    }

    [Fact]
    public async Task A_client_certificate_that_no_account_names_is_refused() =>
        Assert.Equal(StatusCode.Unauthenticated, (await server.AskAsync(certificate: server.Authority.Issue("stranger", host: null))).Status);

    [Theory]
    [InlineData("another authority")]
    [InlineData("expired")]
    [InlineData("a server's")]
    public async Task A_client_certificate_that_is_not_right_ends_the_handshake_and_is_recorded(string fault)
    {
        using var other = new TestAuthority("Another");
        var certificate = fault switch
        {
            "expired" => server.Authority.Issue("slicer-3", host: null, isExpired: true),
            "a server's" => server.Authority.Issue("slicer-3"),
            _ => other.Issue("slicer-3", host: null),
        };
        using var http = server.Http(certificate: certificate);

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/healthz"));

        // Ten a minute are recorded of an address: one at least, whatever the tests before this one have used up.
        for (var i = 0; i < 100 && Count("110126") == 0; i++)
            await Task.Delay(20);
        Assert.NotEqual(0, Count("110126"));
    }

    [Fact]
    public async Task Where_a_client_certificate_is_required_nobody_comes_in_without()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["ca.pem"], server.Authority.Root.ExportCertificatePem());
        await using var strict = ServerApplication.Create(RunningServer.Options(folder["data"]) with
        {
            Tls = new() { Certificate = server.Certificate, Key = server.Key, ClientAuthorities = folder["ca.pem"], RequireClientCertificate = true },
            Accounts = new() { Certificates = [new("slicer-3", "viewer")] },
        });
        await strict.StartAsync();
        var health = new Uri(strict.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/healthz");
        using var without = server.Http();
        using var with = server.Http(certificate: server.Authority.Issue("slicer-3", host: null));

        await Assert.ThrowsAsync<HttpRequestException>(() => without.GetStringAsync(health));
        Assert.Equal("Healthy", await with.GetStringAsync(health));
        await strict.StopAsync();
    }

    /// <summary>.NET's own client would not even offer what is old, so OpenSSL's does.</summary>
    [Theory]
    [InlineData("-tls1_3", true)]
    [InlineData("-tls1_2", true)]
    [InlineData("-tls1_1", false)]
    [InlineData("-tls1", false)]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256", false)]
    [InlineData("-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA", false)]
    public async Task Only_what_BCP_195_allows_is_spoken(string offer, bool isSpoken)
    {
        if (!File.Exists("/usr/bin/openssl"))
            Assert.Skip("openssl is not installed.");
        string[] weak = offer.Contains("-cipher", StringComparison.Ordinal) ? [] : ["-cipher", "ALL:@SECLEVEL=0"];
        using var openssl = Process.Start(new ProcessStartInfo("/usr/bin/openssl", ["s_client", "-connect", $"127.0.0.1:{server.Port}", .. offer.Split(' '), .. weak])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        openssl.StandardInput.Close();
        var errors = openssl.StandardError.ReadToEndAsync();
        var said = await openssl.StandardOutput.ReadToEndAsync() + await errors;
        await openssl.WaitForExitAsync();

        Assert.Contains("CONNECTED", said, StringComparison.Ordinal);
        Assert.Equal(isSpoken, !said.Contains("Cipher is (NONE)", StringComparison.Ordinal));
        if (!isSpoken)
            Assert.Matches("alert (protocol version|handshake failure)", said);
    }

    private int Count(string code) => server.Audit().Split($"csd-code=\"{code}\"").Length - 1;
}
