using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>Closed by default.</summary>
public sealed class ListeningRulesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private ServerOptions Everywhere => RunningServer.Options(folder["data"]) with { Listen = "0.0.0.0" };

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Listening_to_others_without_protection_is_refused_in_a_sentence_that_names_what_is_missing()
    {
        Assert.Matches("needs TLS .* and accounts .*--insecure", Refused(Everywhere));
        Assert.Matches("needs accounts", Refused(Everywhere with { Tls = new() { Certificate = "server.pem" } }));
        Assert.Matches("needs TLS", Refused(Everywhere with { Accounts = new() { Required = true } }));
    }

    [Fact]
    public void A_key_in_the_data_folder_is_an_account()
    {
        KeyChanges.Add(folder["data"], "anna", "viewer", null, "test");

        ListeningRules.Check(Everywhere with { Tls = new() { Certificate = "server.pem" } });
    }

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("::")]
    public void Every_address_but_this_computers_own_is_open(string address) => Assert.Contains("--insecure", Refused(Everywhere with { Listen = address }), StringComparison.Ordinal);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public void This_computers_own_needs_nothing(string address) => ListeningRules.Check(Everywhere with { Listen = address });

    [Fact]
    public void Settings_that_do_not_fit_are_refused()
    {
        var here = Everywhere with { Listen = "127.0.0.1" };

        Assert.Contains("expected an address", Refused(here with { Listen = "everywhere" }), StringComparison.Ordinal);
        Assert.Contains("--tls-certificate", Refused(here with { Tls = new() { ClientAuthorities = "ca.pem" } }), StringComparison.Ordinal);
        Assert.Contains("--oidc-client-id is given without --oidc-issuer", Refused(here with { Accounts = new() { Oidc = new() { ClientId = "mrnet" } } }), StringComparison.Ordinal);
        Assert.Contains("expected a file with the secret", Refused(here with { Accounts = new() { Oidc = new() { Issuer = "https://login.example", ClientId = "mrnet", ClientSecretFile = "/nowhere" } } }), StringComparison.Ordinal);
        Assert.Contains("expected an https address", Refused(here with { Accounts = new() { Oidc = new() { Issuer = "http://example.org" } } }), StringComparison.Ordinal);
        Assert.Contains("role 'chief'", Refused(here with { Accounts = new() { Certificates = [new("a", "chief")] } }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_insecure_server_says_so_on_its_page_in_health_and_in_the_audit_trail()
    {
        await using var server = ServerApplication.Create(Everywhere with { Insecure = true });
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{new Uri(server.Urls.Last()).Port}") };

        Assert.Contains("insecure", await http.GetStringAsync("/healthz"), StringComparison.Ordinal);
        Assert.Contains("Insecure: without TLS", await http.GetStringAsync("/"), StringComparison.Ordinal);
        await server.StopAsync();
        var audit = File.ReadAllText(Path.Combine(folder["data"], "audit.log"));
        Assert.Contains("insecure, without", audit, StringComparison.Ordinal);
        Assert.Contains("110121", audit.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_another_site_points_to_this_computer_is_not_served()
    {
        await using var server = ServerApplication.Create(Everywhere with { Listen = "127.0.0.1" });
        await server.StartAsync();
        using var http = new HttpClient();
        using var rebound = new HttpRequestMessage(HttpMethod.Get, server.Urls.Last()) { Headers = { Host = "evil.test" } };

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await http.SendAsync(rebound)).StatusCode);
        Assert.Contains("ct-lung-nodule", await http.GetStringAsync(server.Urls.Last()), StringComparison.Ordinal);
        await server.StopAsync();
    }

    private static string Refused(ServerOptions options) => Assert.Throws<WrongSettingException>(() => ListeningRules.Check(options)).Message;
}
