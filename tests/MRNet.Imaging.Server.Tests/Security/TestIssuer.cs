using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>
/// An OpenID Connect issuer: its discovery document and its keys, and for browsers the page where one signs in (Anna always has)
/// and the exchange of a code for an ID token, which checks all that RFC 6749 and RFC 7636 ask of it.
/// </summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private const string KeyId = "k1";

    private readonly RSA key = RSA.Create(2048);
    private readonly WebApplication application;
    private readonly ConcurrentDictionary<string, IQueryCollection> codes = new();

    private TestIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        application.MapGet("/.well-known/openid-configuration", () => new { issuer = Address, jwks_uri = Address + "/keys", authorization_endpoint = Address + "/authorize", token_endpoint = Address + "/token" });
        application.MapGet("/keys", () => new { keys = new[] { PublicKey() } });
        application.MapGet("/authorize", Authorize);
        application.MapPost("/token", ExchangeAsync);
    }

    public const string ClientId = "mrnet-pages";
    public const string Secret = "a-secret-of-the-server";

    public string Address => application.Urls.First();

    /// <summary>Of the next who sign in.</summary>
    public string Role { get; set; } = "viewer";

    /// <summary>Of the next ID tokens: null, "nonce" or what <see cref="Token"/> knows.</summary>
    public string? Fault { get; set; }

    /// <summary>The last code and ID token that were given out.</summary>
    public (string Code, string IdToken) Given { get; private set; }

    /// <summary>Codes live for a short time only.</summary>
    public void LetCodesExpire() => codes.Clear();

    public static async Task<TestIssuer> StartAsync()
    {
        var issuer = new TestIssuer();
        await issuer.application.StartAsync();
        return issuer;
    }

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        key.Dispose();
    }

    /// <summary>A token for a fault: null is a good one.</summary>
    public string Token(string? fault = null, string role = "viewer", string subject = "u-1", string audience = "mrnet", string? nonce = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var payload = new Dictionary<string, object>
        {
            ["iss"] = fault == "issuer" ? "http://127.0.0.1:1" : Address,
            ["aud"] = fault == "audience" ? "another" : audience,
            ["sub"] = subject,
            ["preferred_username"] = "Anna",
            ["roles"] = new[] { "something", role },
            ["iat"] = now.AddMinutes(-1).ToUnixTimeSeconds(),
            ["nbf"] = now.AddMinutes(-60).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(fault == "expired" ? -5 : 5).ToUnixTimeSeconds(),
        };
        if (nonce is not null)
            payload["nonce"] = fault == "nonce" ? nonce + "1" : nonce;
        if (fault == "no expiry")
            payload.Remove("exp");
        var algorithm = fault switch { "none" => "none", "HMAC" => "HS256", _ => "RS256" };
        var signed = $"{Part(new Dictionary<string, object> { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = KeyId })}.{Part(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(Signature(Encoding.ASCII.GetBytes(signed), fault))}";
    }

    private IResult Authorize(HttpRequest request)
    {
        var asked = request.Query;
        if (asked["client_id"] != ClientId || asked["response_type"] != "code" || asked["code_challenge_method"] != "S256" || !asked["scope"].ToString().Split(' ').Contains("openid"))
            return TypedResults.BadRequest();
        var code = Guid.NewGuid().ToString("N");
        codes[code] = asked;
        return TypedResults.Redirect($"{asked["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(asked["state"].ToString())}");
    }

    private async Task<IResult> ExchangeAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var code = form["code"].ToString();
        if (!codes.TryRemove(code, out var asked) // a code is good for once
            || form["grant_type"] != "authorization_code" || form["client_id"] != ClientId || form["client_secret"] != Secret || form["redirect_uri"] != asked["redirect_uri"]
            || Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != asked["code_challenge"])
            return TypedResults.BadRequest(new { error = "invalid_grant" });
        Given = (code, Token(Fault, Role, audience: ClientId, nonce: asked["nonce"].ToString()));
        return TypedResults.Ok(new { id_token = Given.IdToken, access_token = "an-access-token", token_type = "Bearer", expires_in = 300 });
    }

    private byte[] Signature(byte[] signed, string? fault)
    {
        using var other = RSA.Create(2048);
        return fault switch
        {
            "none" => [],
            "HMAC" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), signed),
            "another's key" => other.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
    }

    private object PublicKey()
    {
        var numbers = key.ExportParameters(false);
        return new { kty = "RSA", use = "sig", kid = KeyId, n = Base64Url.EncodeToString(numbers.Modulus), e = Base64Url.EncodeToString(numbers.Exponent) };
    }

    private static string Part(Dictionary<string, object> content) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(content));
}
