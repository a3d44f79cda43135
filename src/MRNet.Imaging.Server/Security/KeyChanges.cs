using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Security;

/// <summary>The keys of a data folder for who administers it, beside the server that may be running; each change is recorded.</summary>
public static class KeyChanges
{
    public static IReadOnlyList<ApiKey> List(string data) => KeysOf(data).List();

    /// <param name="by">Who does it.</param>
    /// <returns>The key, which is not stored.</returns>
    /// <exception cref="InvalidImageException">The name is no name, or taken; no such role.</exception>
    public static string Add(string data, string name, string role, TimeSpan? lifetime, string by)
    {
        var key = KeysOf(data).Add(name, role, lifetime);
        TrailOf(data).KeyChanged(by, name, "key added");
        return key;
    }

    /// <exception cref="InvalidImageException">There is no such key.</exception>
    public static void Revoke(string data, string name, string by)
    {
        KeysOf(data).Revoke(name);
        TrailOf(data).KeyChanged(by, name, "key revoked");
    }

    private static ApiKeys KeysOf(string data) => new(DataFolder.KeysOf(data), new DiskFileSystem(), TimeProvider.System);

    private static AuditTrail TrailOf(string data) => AuditTrail.Of(new ServerOptions { Store = data }, new DiskFileSystem(), TimeProvider.System, NullLogger.Instance);
}
