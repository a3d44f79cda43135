using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Archives;

/// <summary>The archives that clients may name; never an address of theirs.</summary>
public sealed class ArchiveList
{
    /// <summary>What a source calls the images of the server's own viewer.</summary>
    public const string Viewer = "viewer";

    /// <summary>The name of the archive that the viewer shows, where the administrator gave its address alone.</summary>
    private const string ShownName = "shown";

    private readonly Dictionary<string, Archive> archives;

    /// <param name="shown">What the viewer reads instead of folders: the name of one of them, or the root of another DICOMweb service; empty for folders.</param>
    /// <exception cref="WrongSettingException">A setting that does not fit.</exception>
    public ArchiveList(IReadOnlyDictionary<string, PacsOptions> options, string shown = "")
    {
        archives = options.ToDictionary(one => one.Key, one => new Archive(one.Key, one.Value), StringComparer.Ordinal);
        if (shown.Length == 0)
            return;
        Shown = archives.GetValueOrDefault(shown) ?? (archives[ShownName] = new(ShownName, new() { Address = shown }));
        if (!Shown.IsWeb)
            throw new WrongSettingException($"Viewer:DicomWeb is '{shown}', which does not speak DICOMweb; expected the root of a DICOMweb service, or the name of an archive whose address is one.");
    }

    /// <summary>The archive that the viewer shows; null where it shows folders.</summary>
    public Archive? Shown { get; }

    /// <summary>In alphabetical order.</summary>
    public IEnumerable<string> Names => archives.Keys.Order(StringComparer.Ordinal);

    public IEnumerable<Archive> All => archives.Values;

    /// <exception cref="InvalidImageException">No such archive.</exception>
    public Archive Find(string name) => archives.TryGetValue(name, out var archive)
        ? archive
        : throw new InvalidImageException($"pacs names no archive of this server; expected {(archives.Count == 0 ? "none: its administrator has named none" : string.Join(", ", Names))}.");
}
