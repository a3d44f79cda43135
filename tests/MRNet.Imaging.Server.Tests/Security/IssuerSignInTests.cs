using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>The user of a browser signs in at the issuer: what a browser sends and is sent, step by step, with a real issuer.</summary>
[Collection(nameof(SecureServer))]
public sealed class IssuerSignInTests(SecureServer server) : IDisposable
{
    private const string Expired = "=; expires=Thu, 01 Jan 1970";

    private readonly HttpClient http = server.Http();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        (server.Issuer.Role, server.Issuer.Fault) = ("viewer", null);
        http.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_page_offers_the_issuer_beside_a_key_and_keeps_where_one_was_going()
    {
        var page = await http.GetStringAsync("/sign-in?to=%2Fviewer%2Fmrnet");

        Assert.Contains("<a href=\"/sign-in/issuer?to=%2Fviewer%2Fmrnet\">Sign in with 127.0.0.1</a>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_issuers_user_gets_the_cookie_of_a_session_and_goes_on_where_he_was_going()
    {
        var browser = new Browser(http);

        var answer = await browser.SignInAsync("/viewer/mrnet?StudyInstanceUIDs=1.2&a=\"");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("content=\"0;url=/viewer/mrnet?StudyInstanceUIDs=1.2&amp;a=&quot;\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), line => line.StartsWith("mrnet-session=", StringComparison.Ordinal));
        foreach (var attribute in new[] { "; secure", "; samesite=strict", "; httponly", "; path=/", "; expires=" })
            Assert.Contains(attribute, cookie, StringComparison.Ordinal);
        Assert.Contains("Anna (viewer)", await (await browser.GetAsync("/", "same-origin")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("Anna", await (await browser.GetAsync("/", "cross-site")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task He_is_the_same_account_as_with_a_token()
    {
        var browser = new Browser(http);
        await browser.SignInAsync();
        var upload = $"/v1/uploads/{Guid.NewGuid()}/";

        Assert.Equal(HttpStatusCode.OK, (await browser.PutAsync(upload + "0?kind=dicom&name=a.dcm")).StatusCode);
        using var program = server.Http(server.Issuer.Token());
        Assert.Equal(HttpStatusCode.OK, (await program.PutAsync(upload + "1?kind=dicom&name=b.dcm", new ByteArrayContent([1]))).StatusCode);
        using var other = server.Http(server.Issuer.Token(subject: "u-2"));
        Assert.NotEqual(HttpStatusCode.OK, (await other.PutAsync(upload + "2?kind=dicom&name=c.dcm", new ByteArrayContent([1]))).StatusCode);
    }

    [Fact]
    public async Task The_issuers_roles_become_ours_and_who_has_none_is_told_so()
    {
        server.Issuer.Role = "radiologists";
        var browser = new Browser(http);
        await browser.SignInAsync();
        Assert.Contains("Anna (operator)", await (await browser.GetAsync("/", "same-origin")).Content.ReadAsStringAsync(), StringComparison.Ordinal);

        server.Issuer.Role = "porters";
        var answer = await new Browser(http).SignInAsync();

        await RefusedAsync(answer, HttpStatusCode.Forbidden, "no role of this server");
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_away()
    {
        var browser = new Browser(http);
        await browser.SignInAsync();

        var answer = await browser.SendAsync(HttpMethod.Post, "/sign-out", "same-origin");

        Assert.Contains("mrnet-session" + Expired, Assert.Single(answer.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("no state")]
    [InlineData("another browser")]
    [InlineData("code")]
    [InlineData("expired code")]
    [InlineData("nonce")]
    [InlineData("issuer")]
    [InlineData("audience")]
    [InlineData("expired")]
    [InlineData("none")]
    [InlineData("HMAC")]
    [InlineData("another's key")]
    public async Task What_is_wrong_begins_no_session_and_counts_as_a_failed_log_in(string fault)
    {
        server.Issuer.Fault = fault;
        var before = server.Audit().Length;
        var browser = new Browser(http);
        var back = await browser.AtIssuerAsync("/");

        var answer = fault switch
        {
            "state" => await browser.GetAsync(back.Replace("state=", "state=x", StringComparison.Ordinal), "cross-site"),
            "no state" => await browser.GetAsync(back[..back.IndexOf("&state", StringComparison.Ordinal)], "cross-site"),
            "another browser" => await new Browser(http).GetAsync(back, "cross-site"),
            "code" => await browser.GetAsync(back.Replace("code=", "code=x", StringComparison.Ordinal), "cross-site"),
            "expired code" => await LateAsync(),
            _ => await browser.GetAsync(back, "cross-site"),
        };

        await RefusedAsync(answer, HttpStatusCode.Unauthorized, "did not come to its end");
        Assert.Contains("csd-code=\"110114\"", server.Audit()[before..], StringComparison.Ordinal);

        Task<HttpResponseMessage> LateAsync()
        {
            server.Issuer.LetCodesExpire();
            return browser.GetAsync(back, "cross-site");
        }
    }

    [Fact]
    public async Task An_answer_of_the_issuer_is_good_for_once()
    {
        var browser = new Browser(http);
        var back = await browser.AtIssuerAsync("/");
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(back, "cross-site")).StatusCode);

        var again = await browser.GetAsync(back, "cross-site");

        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task Who_changes_his_mind_at_the_issuer_is_no_attacker()
    {
        var before = server.Audit().Length;
        var browser = new Browser(http);
        var back = await browser.AtIssuerAsync("/");

        var answer = await browser.GetAsync($"/sign-in/callback?error=access_denied&state={back[(back.IndexOf("state=", StringComparison.Ordinal) + 6)..]}", "cross-site");

        await RefusedAsync(answer, HttpStatusCode.Unauthorized, "You did not sign in at the issuer.");
        Assert.DoesNotContain("csd-code=\"110114\"", server.Audit()[before..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//example.org/")]
    [InlineData("/\t/example.org/")]
    [InlineData("https://example.org/")]
    public async Task It_goes_on_at_this_server_only(string to) =>
        Assert.Contains("content=\"0;url=/\"", await (await new Browser(http).SignInAsync(to)).Content.ReadAsStringAsync(), StringComparison.Ordinal);

    [Fact]
    public async Task An_issuer_that_is_away_is_said_to_be()
    {
        var address = await GoneAsync();
        await using var application = await StartAsync(address, _ => { });
        using var plain = Plain(application);

        var answer = await plain.GetAsync("/sign-in/issuer");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("issuer of accounts cannot be reached", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await application.StopAsync();

        static async Task<string> GoneAsync()
        {
            await using var issuer = await TestIssuer.StartAsync();
            return issuer.Address;
        }
    }

    [Fact]
    public async Task No_log_at_any_level_no_page_and_no_cookie_holds_a_code_a_token_or_the_secret()
    {
        var lines = new Lines();
        await using var application = await StartAsync(server.Issuer.Address, builder => builder.Logging.AddProvider(lines).SetMinimumLevel(LogLevel.Trace));
        using var plain = Plain(application);
        var browser = new Browser(plain);

        var answer = await browser.SignInAsync();
        var home = await (await browser.GetAsync("/", "same-origin")).Content.ReadAsStringAsync();
        var good = server.Issuer.Given;
        server.Issuer.Fault = "nonce";
        await new Browser(plain).SignInAsync();
        await application.StopAsync();

        Assert.Contains("Anna (viewer)", home, StringComparison.Ordinal);
        Assert.NotEmpty(lines.All);
        var said = string.Join('\n', lines.All) + home + await answer.Content.ReadAsStringAsync() + string.Join('\n', browser.Cookies) + File.ReadAllText(Path.Combine(folder["data"], "audit.log"));
        foreach (var secret in new[] { good.Code, good.IdToken, server.Issuer.Given.Code, server.Issuer.Given.IdToken, "an-access-token", TestIssuer.Secret })
            Assert.DoesNotContain(secret, said, StringComparison.Ordinal);
    }

    private async Task<WebApplication> StartAsync(string issuer, Action<WebApplicationBuilder> more)
    {
        File.WriteAllText(folder["secret"], TestIssuer.Secret);
        var application = ServerApplication.Create(
            RunningServer.Options(folder["data"]) with
            {
                Accounts = new() { Oidc = new() { Issuer = issuer, ClientId = TestIssuer.ClientId, ClientSecretFile = folder["secret"] } },
                Telemetry = new() { LogLevel = LogLevel.Trace },
            },
            more);
        await application.StartAsync();
        return application;
    }

    /// <summary>Without TLS, as on one's own computer.</summary>
    private static HttpClient Plain(WebApplication application) =>
        new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new(application.Urls.Last()) };

    private static async Task RefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string sentence)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], line => line.StartsWith("mrnet-session=", StringComparison.Ordinal) && !line.Contains(Expired, StringComparison.Ordinal));
    }

    /// <summary>Keeps cookies, and says where a request comes from.</summary>
    private sealed class Browser(HttpClient http)
    {
        private readonly Dictionary<string, string> cookies = [];

        public IEnumerable<string> Cookies => cookies.Values;

        /// <returns>What the server says to who comes back from the issuer.</returns>
        public async Task<HttpResponseMessage> SignInAsync(string to = "/") => await GetAsync(await AtIssuerAsync(to), "cross-site");

        /// <returns>The address on this server to which the issuer sends the browser.</returns>
        public async Task<string> AtIssuerAsync(string to)
        {
            var begun = await GetAsync($"/sign-in/issuer?to={Uri.EscapeDataString(to)}", "same-origin");
            Assert.Equal(HttpStatusCode.Found, begun.StatusCode);
            using var atIssuer = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
            return (await atIssuer.GetAsync(begun.Headers.Location)).Headers.Location!.PathAndQuery;
        }

        public Task<HttpResponseMessage> GetAsync(string path, string site) => SendAsync(HttpMethod.Get, path, site);

        public Task<HttpResponseMessage> PutAsync(string path) => SendAsync(HttpMethod.Put, path, "same-origin", new ByteArrayContent([1]));

        public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string site, HttpContent? content = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            request.Headers.Add("Sec-Fetch-Site", site);
            // a strict cookie does not come with what another site led to
            var shown = cookies.Where(cookie => site == "same-origin" || cookie.Key != "mrnet-session").Select(cookie => $"{cookie.Key}={cookie.Value}").ToArray();
            if (shown.Length > 0)
                request.Headers.Add("Cookie", string.Join("; ", shown));
            var answer = await http.SendAsync(request);
            foreach (var line in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            {
                var pair = line.Split(';')[0].Split('=', 2);
                cookies.Remove(pair[0]);
                if (!line.Contains("01 Jan 1970", StringComparison.Ordinal))
                    cookies[pair[0]] = pair[1];
            }

            return answer;
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
