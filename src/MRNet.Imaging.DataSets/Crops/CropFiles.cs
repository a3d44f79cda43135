using System.Formats.Tar;
using System.IO.Compression;

namespace MRNet.Imaging.DataSets;

/// <summary>The PNG files of a folder, or of a .tar.gz that is kept in memory as it is: packed pictures.</summary>
internal sealed class CropFiles
{
    /// <summary>An archive's pictures are held as long as the data set is.</summary>
    public const long MaxBytes = 2L << 30;

    private readonly string? folder;
    private readonly Dictionary<string, byte[]> held;

    private CropFiles(string? folder, IReadOnlyList<string> names, Dictionary<string, byte[]> held) =>
        (this.folder, Names, this.held) = (folder, names, held);

    /// <summary>With / between the parts.</summary>
    public IReadOnlyList<string> Names { get; }

    public static CropFiles Of(string path, CancellationToken cancellation) => Directory.Exists(path) ? InFolder(path) : InArchive(path, cancellation);

    public static string NameOf(string path)
    {
        var name = DataFolder.NameOf(path);
        return name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) ? name[..name.IndexOf('.', StringComparison.Ordinal)] : name;
    }

    public byte[] Read(string name) => folder is null ? held[name] : File.ReadAllBytes(Path.Combine([folder, .. name.Split('/')]));

    private static CropFiles InFolder(string path) => new(path, [.. Directory.EnumerateFiles(path, "*.png", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(path, file).Replace('\\', '/')).Where(IsData)], []);

    private static bool IsData(string name) => name.Split('/').All(DataFolder.IsData);

    private static CropFiles InArchive(string path, CancellationToken cancellation)
    {
        var held = new Dictionary<string, byte[]>();
        var bytes = 0L;
        using var unzipped = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        while (Next(tar, path) is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!entry.Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) || !IsData(entry.Name.TrimStart('.', '/')))
                continue;
            if ((bytes += entry.Length) > MaxBytes)
                throw new ResourceLimitException($"{Path.GetFileName(path)} holds more than {MaxBytes} bytes of pictures; unpack it and name the folder.");
            held[entry.Name.TrimStart('.', '/')] = Content(entry, path);
        }

        return new(null, [.. held.Keys], held);
    }

    private static TarEntry? Next(TarReader tar, string path) => Whole(path, () => tar.GetNextEntry(copyData: false));

    private static byte[] Content(TarEntry entry, string path) => Whole(path, () =>
    {
        var content = new byte[entry.Length];
        entry.DataStream?.ReadExactly(content);
        return content;
    });

    private static T Whole<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidImageException($"{Path.GetFileName(path)} is not a whole .tar.gz: {error.Message}", error);
        }
    }
}
