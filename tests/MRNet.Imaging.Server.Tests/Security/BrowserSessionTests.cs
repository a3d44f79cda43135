using System.Net;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>The user of a browser types a key; what the browser then shows is no key and counts from pages of the server only.</summary>
[Collection(nameof(SecureServer))]
public sealed class BrowserSessionTests(SecureServer server) : IDisposable
{
    private readonly HttpClient http = server.Http();

    [Fact]
    public async Task A_typed_key_becomes_a_cookie_that_no_script_reads_and_no_other_site_shows()
    {
        var answer = await TypeAsync(server.Viewer, "/viewer/mrnet?StudyInstanceUIDs=1.2");

        Assert.Equal((HttpStatusCode.Found, "/viewer/mrnet?StudyInstanceUIDs=1.2"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        var cookie = SetCookie(answer);
        foreach (var attribute in new[] { "mrnet-session=", "; secure", "; samesite=strict", "; httponly", "; path=/", "; expires=" })
            Assert.Contains(attribute, cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Viewer, cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_cookie_one_is_the_keys_account_until_it_is_revoked()
    {
        var cookie = Cookie(await TypeAsync(server.NewKey("browser", "viewer")));

        Assert.Contains("browser (viewer)", await (await GetAsync("/", cookie)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(cookie, "same-origin")).StatusCode);

        KeyChanges.Revoke(server.Data, "browser", "test");

        var after = await PutAsync(cookie, "same-origin");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Contains("mrnet-session=; expires=Thu, 01 Jan 1970", SetCookie(after), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("same-origin", null, HttpStatusCode.OK)]
    [InlineData(null, "own", HttpStatusCode.OK)]
    [InlineData("same-site", null, HttpStatusCode.Unauthorized)] // another port of this computer
    [InlineData("cross-site", null, HttpStatusCode.Unauthorized)]
    [InlineData("same-site", "own", HttpStatusCode.Unauthorized)]
    [InlineData(null, "https://localhost:1", HttpStatusCode.Unauthorized)]
    [InlineData(null, "null", HttpStatusCode.Unauthorized)]
    [InlineData(null, null, HttpStatusCode.Unauthorized)] // no browser: it has a key to send
    public async Task It_counts_only_where_a_page_of_this_server_asks(string? site, string? origin, HttpStatusCode status)
    {
        var cookie = Cookie(await TypeAsync(server.Viewer));

        Assert.Equal(status, (await PutAsync(cookie, site, origin == "own" ? server.Address : origin)).StatusCode);
    }

    [Fact]
    public async Task A_page_of_somebody_else_can_neither_sign_in_nor_out()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await TypeAsync(server.Viewer, site: "cross-site")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Post, "/sign-out", Cookie(await TypeAsync(server.Viewer)), "same-site")).StatusCode);
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_away()
    {
        var answer = await SendAsync(HttpMethod.Post, "/sign-out", Cookie(await TypeAsync(server.Viewer)), "same-origin");

        Assert.Contains("mrnet-session=; expires=Thu, 01 Jan 1970", SetCookie(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_told_counted_and_not_repeated()
    {
        var before = server.Audit().Length;

        var answer = await TypeAsync("mrnet_wrong");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("unknown, revoked or expired", page, StringComparison.Ordinal);
        Assert.DoesNotContain("mrnet_wrong", page, StringComparison.Ordinal);
        Assert.Contains("csd-code=\"110114\"", server.Audit()[before..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//example.org/")]
    [InlineData("/\\example.org/")]
    [InlineData("https://example.org/")]
    public async Task It_goes_on_at_this_server_only(string to) => Assert.Equal("/", (await TypeAsync(server.Viewer, to)).Headers.Location?.OriginalString);

    [Fact]
    public async Task A_cookie_that_means_nothing_makes_a_stranger_and_blocks_nobody()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await PutAsync("mrnet-session=nonsense", "same-origin")).StatusCode);
        Assert.Contains("sign in", await (await GetAsync("/", "mrnet-session=nonsense")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    public void Dispose() => http.Dispose();

    private Task<HttpResponseMessage> TypeAsync(string key, string to = "/", string? site = "same-origin") =>
        SendAsync(HttpMethod.Post, $"/sign-in?to={Uri.EscapeDataString(to)}", null, site, content: new FormUrlEncodedContent([new("key", key)]));

    private Task<HttpResponseMessage> GetAsync(string path, string cookie) => SendAsync(HttpMethod.Get, path, cookie);

    private Task<HttpResponseMessage> PutAsync(string cookie, string? site, string? origin = null) =>
        SendAsync(HttpMethod.Put, $"/v1/uploads/{Guid.NewGuid()}/0?kind=dicom&name=a.dcm", cookie, site, origin, new ByteArrayContent([1]));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? cookie, string? site = null, string? origin = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in new[] { ("Cookie", cookie), ("Sec-Fetch-Site", site), ("Origin", origin) })
            if (value is not null)
                request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    private static string SetCookie(HttpResponseMessage answer) => Assert.Single(answer.Headers.GetValues("Set-Cookie"));

    private static string Cookie(HttpResponseMessage answer) => SetCookie(answer).Split(';')[0];
}
