using System.Net;
using Grpc.Core;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>Who comes in, and what they may do.</summary>
[Collection(nameof(SecureServer))]
public class AccountTests(SecureServer server)
{
    [Fact]
    public async Task A_key_says_who_calls_and_what_they_may()
    {
        var caller = (await server.AskAsync(server.Operator)).Caller!;

        Assert.Equal(("otto", "operator", true, true), (caller.Name, caller.Role, caller.MaySegment, caller.MayExport));
        Assert.False((await server.AskAsync(server.Viewer)).Caller!.MayExport);
    }

    [Fact]
    public async Task Without_an_account_nothing_is_served_but_health_and_how_to_connect()
    {
        using var http = server.Http();

        Assert.Equal(StatusCode.Unauthenticated, (await server.AskAsync()).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PutAsync($"/v1/uploads/{Guid.NewGuid()}/0?kind=dicom&name=a.dcm", new ByteArrayContent([1]))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/no-such-page")).StatusCode);
        Assert.DoesNotContain("ct-lung-nodule", await http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_everywhere_and_recorded_without_the_key()
    {
        var wrong = ApiKey.NewKey();
        using var http = server.Http(wrong);

        Assert.Equal(StatusCode.Unauthenticated, (await server.AskAsync(wrong)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/")).StatusCode);
        Assert.Contains("EventOutcomeIndicator=\"4\"><EventID csd-code=\"110114\"", server.Audit(), StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, server.Audit(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_good_from_when_it_is_made_until_it_is_revoked_without_a_restart()
    {
        var key = server.NewKey("passing", "viewer");
        Assert.Equal(StatusCode.OK, (await server.AskAsync(key)).Status);

        KeyChanges.Revoke(server.Data, "passing", "test");

        Assert.Equal(StatusCode.Unauthenticated, (await server.AskAsync(key)).Status);
        Assert.Contains("key revoked", server.Audit(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_key_is_refused()
    {
        var key = server.NewKey("short", "viewer", TimeSpan.FromTicks(1));

        Assert.Equal(StatusCode.Unauthenticated, (await server.AskAsync(key)).Status);
    }

    [Theory]
    [InlineData(null, StatusCode.OK)]
    [InlineData("expired", StatusCode.Unauthenticated)]
    [InlineData("no expiry", StatusCode.Unauthenticated)]
    [InlineData("audience", StatusCode.Unauthenticated)]
    [InlineData("issuer", StatusCode.Unauthenticated)]
    [InlineData("another's key", StatusCode.Unauthenticated)]
    [InlineData("none", StatusCode.Unauthenticated)]
    [InlineData("HMAC", StatusCode.Unauthenticated)]
    public async Task An_issuers_token_is_checked(string? fault, StatusCode status) =>
        Assert.Equal(status, (await server.AskAsync(server.Issuer.Token(fault))).Status);

    [Fact]
    public async Task The_issuers_roles_become_ours_and_a_token_without_one_may_nothing()
    {
        var caller = (await server.AskAsync(server.Issuer.Token(role: "radiologists"))).Caller!;

        Assert.Equal(("Anna", "operator"), (caller.Name, caller.Role));
        Assert.Equal(StatusCode.PermissionDenied, (await server.AskAsync(server.Issuer.Token(role: "cleaning"))).Status);
    }

    [Fact]
    public async Task Anothers_job_session_or_upload_does_not_exist()
    {
        var (vera, anna) = (server.Client(server.Viewer), server.Client(server.Issuer.Token()));
        var job = await vera.SubmitAsync(Request());
        using var http = server.Http(server.Viewer);
        var upload = Guid.NewGuid().ToString();
        (await http.PutAsync($"/v1/uploads/{upload}/0?kind=dicom&name=a.dcm", new ByteArrayContent([1]))).EnsureSuccessStatusCode();

        Assert.Equal("key:vera", job.Owner);
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => anna.CancelAsync(new() { JobId = job.Id }).ResponseAsync));
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => anna.Watch(new() { JobId = job.Id }).ResponseStream.MoveNext()));
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => anna.GetResult(new() { JobId = job.Id }).ResponseStream.MoveNext()));
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => anna.Reweight(new() { SessionId = job.Id }).ResponseStream.MoveNext()));
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => anna.ReleaseAsync(new() { SessionId = job.Id }).ResponseAsync));
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => anna.SubmitAsync(Request(new() { SessionId = job.Id })).ResponseAsync));
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => anna.SubmitAsync(Request(new() { UploadId = upload })).ResponseAsync));
        Assert.Empty((await anna.ListAsync(new())).Jobs);
        Assert.Equal(StatusCode.PermissionDenied, await CodeOfAsync(() => anna.ListAsync(new() { Everyones = true }).ResponseAsync));
    }

    [Fact]
    public async Task An_operator_sees_and_ends_everybodys_jobs_but_sends_none_into_anothers_session()
    {
        var (vera, otto) = (server.Client(server.Viewer), server.Client(server.Operator));
        var job = await vera.SubmitAsync(Request());

        Assert.Contains((await otto.ListAsync(new() { Everyones = true })).Jobs, one => one.Id == job.Id);
        Assert.DoesNotContain((await otto.ListAsync(new())).Jobs, one => one.Id == job.Id);
        Assert.NotEqual(StatusCode.NotFound, await CodeOfAsync(() => otto.CancelAsync(new() { JobId = job.Id }).ResponseAsync));
        Assert.Equal(StatusCode.NotFound, await CodeOfAsync(() => otto.SubmitAsync(Request(new() { SessionId = job.Id })).ResponseAsync));
    }

    [Fact]
    public async Task Export_needs_an_operator_and_the_refusal_is_recorded()
    {
        Assert.Equal(StatusCode.PermissionDenied, await CodeOfAsync(() => server.Client(server.Viewer).Export(new()).ResponseStream.MoveNext()));
        Assert.NotEqual(StatusCode.PermissionDenied, await CodeOfAsync(() => server.Client(server.Operator).Export(new()).ResponseStream.MoveNext()));
        Assert.Contains("/mrnet.imaging.v1.Segmentation/Export", server.Audit(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_may_ask_first_and_then_calls_with_its_token()
    {
        using var http = server.Http();
        using var before = new HttpRequestMessage(HttpMethod.Options, "/mrnet.imaging.v1.Segmentation/GetServer");
        before.Headers.Add("Origin", "http://viewer.test");
        before.Headers.Add("Access-Control-Request-Method", "POST");
        before.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,x-grpc-web");
        var allowed = await http.SendAsync(before);

        Assert.Equal("http://viewer.test", allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("authorization", allowed.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.Ordinal);
        Assert.Equal(("application/grpc-web", "0"), await CallAsWebAsync(server.Viewer));
        Assert.Equal(("application/grpc-web", "16"), await CallAsWebAsync(null));
    }

    [Fact]
    public async Task A_page_from_elsewhere_is_not_answered()
    {
        using var http = server.Http();
        using var before = new HttpRequestMessage(HttpMethod.Options, "/mrnet.imaging.v1.Segmentation/GetServer");
        before.Headers.Add("Origin", "http://evil.test");
        before.Headers.Add("Access-Control-Request-Method", "POST");

        Assert.False((await http.SendAsync(before)).Headers.Contains("Access-Control-Allow-Origin"));
    }

    /// <summary>GetServer by gRPC-Web: the type of the answer and its status, wherever that stands.</summary>
    private async Task<(string? Type, string? Status)> CallAsWebAsync(string? token)
    {
        using var http = server.Http(token);
        using var content = new ByteArrayContent([0, 0, 0, 0, 0]);
        content.Headers.ContentType = new("application/grpc-web");
        using var call = new HttpRequestMessage(HttpMethod.Post, "/mrnet.imaging.v1.Segmentation/GetServer") { Content = content };
        call.Headers.Add("Origin", "http://viewer.test");
        using var answer = await http.SendAsync(call);
        var body = System.Text.Encoding.ASCII.GetString(await answer.Content.ReadAsByteArrayAsync());
        var status = answer.Headers.TryGetValues("grpc-status", out var values) ? values.Single() : body.Contains("grpc-status: 0", StringComparison.Ordinal) ? "0" : body;
        Assert.Equal("http://viewer.test", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        return (answer.Content.Headers.ContentType?.MediaType, status);
    }

    private static SegmentRequest Request(Source? source = null) =>
        new() { ModelId = "ct-lung-nodule", Source = source ?? new() { Folder = new() { Root = "samples", Path = "ct-nodule" } } };

    private static async Task<StatusCode> CodeOfAsync<T>(Func<Task<T>> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException error)
        {
            return error.StatusCode;
        }
    }
}
