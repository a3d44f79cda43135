using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Archives;

/// <summary>The archives that clients may name; never an address of theirs.</summary>
public sealed class ArchiveList
{
    /// <summary>What a source calls the images of the server's own viewer.</summary>
    public const string Viewer = "viewer";

    private readonly Dictionary<string, Archive> archives;

    /// <exception cref="WrongSettingException">A setting that does not fit.</exception>
    public ArchiveList(IReadOnlyDictionary<string, PacsOptions> options) =>
        archives = options.ToDictionary(one => one.Key, one => new Archive(one.Key, one.Value), StringComparer.Ordinal);

    /// <summary>In alphabetical order.</summary>
    public IEnumerable<string> Names => archives.Keys.Order(StringComparer.Ordinal);

    public IEnumerable<Archive> All => archives.Values;

    /// <exception cref="InvalidImageException">No such archive.</exception>
    public Archive Find(string name) => archives.TryGetValue(name, out var archive)
        ? archive
        : throw new InvalidImageException($"pacs names no archive of this server; expected {(archives.Count == 0 ? "none: its administrator has named none" : string.Join(", ", Names))}.");
}
