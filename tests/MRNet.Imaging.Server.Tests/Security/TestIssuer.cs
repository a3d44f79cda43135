using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>An OpenID Connect issuer, as far as a server looks at one: its discovery document and its keys.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private const string KeyId = "k1";

    private readonly RSA key = RSA.Create(2048);
    private readonly WebApplication application;

    private TestIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        application.MapGet("/.well-known/openid-configuration", () => new { issuer = Address, jwks_uri = Address + "/keys" });
        application.MapGet("/keys", () => new { keys = new[] { PublicKey() } });
    }

    public string Address => application.Urls.First();

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
    public string Token(string? fault = null, string role = "viewer", string subject = "u-1")
    {
        var now = TimeProvider.System.GetUtcNow();
        var payload = new Dictionary<string, object>
        {
            ["iss"] = fault == "issuer" ? "http://127.0.0.1:1" : Address,
            ["aud"] = fault == "audience" ? "another" : "mrnet",
            ["sub"] = subject,
            ["preferred_username"] = "Anna",
            ["roles"] = new[] { "something", role },
            ["nbf"] = now.AddMinutes(-60).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(fault == "expired" ? -5 : 5).ToUnixTimeSeconds(),
        };
        if (fault == "no expiry")
            payload.Remove("exp");
        var algorithm = fault switch { "none" => "none", "HMAC" => "HS256", _ => "RS256" };
        var signed = $"{Part(new Dictionary<string, object> { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = KeyId })}.{Part(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(Signature(Encoding.ASCII.GetBytes(signed), fault))}";
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
