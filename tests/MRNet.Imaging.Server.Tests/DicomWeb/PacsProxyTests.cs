using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.DicomWeb;

/// <summary>The viewer's calls through the server to a PACS that wants a password.</summary>
public sealed class PacsProxyTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly List<HttpRequestSummary> asked = [];
    private WebApplication? pacs;
    private WebApplication? server;
    private HttpClient http = null!;

    private sealed record HttpRequestSummary(string Method, string Path, string Authorization, string Cookie, string Forwarded);

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        pacs = builder.Build();
        pacs.Urls.Add("http://127.0.0.1:0");
        pacs.Run(AnswerAsync);
        await pacs.StartAsync();

        Directory.CreateDirectory(folder["app"]);
        File.WriteAllText(folder["app/index.html"], "<html>viewer</html>");
        File.WriteAllText(folder["app/extension.js"], "export default {}");
        File.WriteAllText(folder["user"], "viewer:secret\n");
        server = ServerApplication.Create(RunningServer.Options(folder["data"]) with
        {
            Pacs = new Dictionary<string, PacsOptions> { ["main"] = new() { Address = pacs.Urls.First() + "/rs", UserFile = folder["user"] } },
            Viewer = new() { Enabled = true, DicomWeb = "main", App = folder["app"], Plugin = folder["app"] },
        });
        await server.StartAsync();
        http = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = new(server.Urls.Last()) };
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await server!.StopAsync();
        await server.DisposeAsync();
        await pacs!.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_search_reaches_the_pacs_with_our_credentials_and_none_of_the_callers()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dicom-web/studies?Modality=CT");
        request.Headers.Add("Cookie", "session=mine");
        using var response = await http.SendAsync(request);

        Assert.Equal("CT", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("asked").GetString());
        var call = Assert.Single(asked);
        Assert.Equal(("GET", "/rs/studies", "Basic dmlld2VyOnNlY3JldA==", ""), (call.Method, call.Path, call.Authorization, call.Cookie));
        Assert.Equal($"host={http.BaseAddress!.Authority};proto=http", call.Forwarded);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task What_is_saved_is_posted_to_the_pacs()
    {
        using var response = await http.PostAsync("/dicom-web/studies", new ByteArrayContent(new byte[3_000_000]));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("POST", "/rs/studies"), (asked[0].Method, asked[0].Path));
    }

    [Fact]
    public async Task Refused_credentials_are_the_administrators_matter_not_the_callers()
    {
        File.WriteAllText(folder["user"], "viewer:wrong");

        using var response = await http.GetAsync("/dicom-web/studies");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("main does not take this server's credentials", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("WWW-Authenticate"));
    }

    [Fact]
    public async Task A_pacs_that_is_away_is_named()
    {
        await pacs!.StopAsync();

        using var response = await http.GetAsync("/dicom-web/studies");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("main cannot be reached", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DELETE", "/dicom-web/studies/1.2.3")]
    [InlineData("PUT", "/dicom-web/studies")]
    public async Task Other_calls_go_nowhere(string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), path);
        using var response = await http.SendAsync(request);

        Assert.True(response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotFound, response.StatusCode.ToString());
        Assert.Empty(asked);
    }

    [Fact]
    public async Task The_page_lets_the_server_read_the_images_by_name() =>
        Assert.Contains("pacs: 'main'", await http.GetStringAsync("/app-config.js"), StringComparison.Ordinal);

    private async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        var headers = context.Request.Headers;
        asked.Add(new(context.Request.Method, context.Request.Path, headers.Authorization.ToString(), headers.Cookie.ToString(), headers["Forwarded"].ToString()));
        if (headers.Authorization != "Basic dmlld2VyOnNlY3JldA==")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic";
            return;
        }

        context.Response.Cookies.Append("theirs", "1");
        await context.Response.WriteAsJsonAsync(new { asked = context.Request.Query["Modality"].ToString() });
    }
}
