using System.Text.Json;
using System.Text.RegularExpressions;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Security;

/// <summary>
/// The API keys of a server, one small JSON file in its data folder, readable by its account only. It is replaced as a
/// whole, so <c>mrnet keys</c> may change it while the server runs, which reads it again when it has changed.
/// </summary>
public sealed partial class ApiKeys(string path, IFileSystem files, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly Lock gate = new();
    private IReadOnlyList<ApiKey> read = [];
    private (DateTime Written, long Length) seen;

    /// <summary>All keys, also those that have expired.</summary>
    /// <exception cref="ResourceLimitException">The file cannot be read.</exception>
    public IReadOnlyList<ApiKey> List()
    {
        using var _ = gate.EnterScope();
        var now = new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;
        if (now != seen)
            (read, seen) = (Read(), now);
        return read;
    }

    /// <returns>The account of a key; null when there is none, or it has expired.</returns>
    public ApiKey? Find(string key)
    {
        ApiKey? found = null;
        foreach (var known in List()) // all of them, so that the time says nothing
            found = known.Is(key) ? known : found;
        return found is { } one && !one.HasExpired(time.GetUtcNow()) ? found : null;
    }

    /// <summary>Makes a key. It is shown this once; what is stored does not give it back.</summary>
    /// <exception cref="InvalidImageException">The name is no name, or taken; no such role.</exception>
    public string Add(string name, string role, TimeSpan? lifetime)
    {
        if (!NamePattern().IsMatch(name))
            throw new InvalidImageException($"The name '{name}' cannot be a key's; expected up to 64 letters, digits and . _ - @.");
        if (Roles.Parse(role) is null)
            throw new InvalidImageException($"--role is '{role}'; expected {Roles.Names}.");

        var key = ApiKey.NewKey();
        var now = time.GetUtcNow();
        Change(keys => keys.Any(one => one.Name == name)
            ? throw new InvalidImageException($"There is a key of the name {name}; choose another name, or revoke it first.")
            : [.. keys, new(name, role, ApiKey.HashOf(key), now, now + lifetime)]);
        return key;
    }

    /// <exception cref="InvalidImageException">There is no key of this name.</exception>
    public void Revoke(string name) => Change(keys => keys.Any(one => one.Name == name)
        ? [.. keys.Where(one => one.Name != name)]
        : throw new InvalidImageException($"There is no key of the name {name}; 'mrnet keys list' shows them."));

    /// <summary>One process at a time reads, changes and replaces the file.</summary>
    private void Change(Func<IReadOnlyList<ApiKey>, IReadOnlyList<ApiKey>> change)
    {
        using var _ = gate.EnterScope();
        files.MakeFolder(Path.GetDirectoryName(path)!);
        using var held = Exclusive.Hold(path + ".lock");
        files.WriteWhole(path, JsonSerializer.SerializeToUtf8Bytes(change(Read()), Json));
    }

    private ApiKey[] Read()
    {
        try
        {
            return files.FileExists(path) ? JsonSerializer.Deserialize<ApiKey[]>(files.ReadWhole(path)) ?? [] : [];
        }
        catch (JsonException error)
        {
            throw new ResourceLimitException($"The keys in {path} cannot be read: it is no list of keys; restore the file or remove it.", error);
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\z")]
    private static partial Regex NamePattern();
}
