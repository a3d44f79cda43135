using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MRNet.Imaging.Server.Security;

/// <summary>
/// An API key as it is stored: without the key. SHA-256 without salt or stretching is enough here, other than for a
/// password: the key is 256 random bits, which nobody can guess or tabulate, and each request is checked against it.
/// </summary>
/// <param name="Sha256">Of the key's text, 64 hexadecimal digits.</param>
/// <param name="Expires">Null: never.</param>
public sealed record ApiKey(string Name, string Role, string Sha256, DateTimeOffset Created, DateTimeOffset? Expires)
{
    /// <summary>What every key begins with, so that scanners for secrets find one that was published.</summary>
    public const string Prefix = "mrnet_";

    /// <summary>The account it stands for.</summary>
    public Caller ToCaller() => new(Name, $"key:{Name}", Roles.Parse(Role) is { } role ? [role] : []);

    public bool HasExpired(DateTimeOffset now) => Expires <= now;

    public bool Is(string key) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sha256), Encoding.ASCII.GetBytes(HashOf(key)));

    public static string NewKey() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
