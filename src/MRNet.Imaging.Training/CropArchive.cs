using System.Formats.Tar;
using System.IO.Compression;
using SkiaSharp;

namespace MRNet.Imaging.Training;

/// <summary>
/// Pictures with several raters in the layout <c>patient/case/images/slice.png</c> and <c>patient/case/mask-k/slice.png</c>,
/// from a folder or a .tar.gz of it (the LIDC crops come so). A slice that lacks a rater's mask is left out.
/// </summary>
public static class CropArchive
{
    /// <exception cref="InvalidImageException">Nothing of that layout, pictures of several sizes, or a damaged picture.</exception>
    public static RaterSlices Read(string path, CancellationToken cancellation = default)
    {
        var pictures = new Dictionary<string, (int Rows, int Columns, byte[] Grey)>();
        foreach (var (name, content) in Files(path))
        {
            cancellation.ThrowIfCancellationRequested();
            using (content)
                pictures[name] = Decode(name, content);
        }

        return Assemble(path, pictures);
    }

    private static RaterSlices Assemble(string path, Dictionary<string, (int Rows, int Columns, byte[] Grey)> pictures)
    {
        var raters = pictures.Keys.Select(name => Parts(name).Folder).Where(folder => folder.StartsWith("mask-", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).ToArray();
        var images = pictures.Keys.Where(name => Parts(name).Folder == "images").Order(StringComparer.Ordinal).ToArray();
        if (images.Length == 0 || raters.Length == 0)
            throw new InvalidImageException($"{Path.GetFileName(path)} holds no patient/case/images/*.png with mask-k beside; expected that layout, as a folder or a .tar.gz.");

        var (rows, columns, _) = pictures[images[0]];
        var used = images.Concat(pictures.Keys.Where(name => raters.Contains(Parts(name).Folder)).Order(StringComparer.Ordinal));
        if (used.FirstOrDefault(name => pictures[name].Rows != rows || pictures[name].Columns != columns) is { } other)
            throw new InvalidImageException($"{other} is {pictures[other].Columns} x {pictures[other].Rows}; the first picture is {columns} x {rows}. All must be of one size.");

        var slices =
            from name in images
            let masks = raters.Select(rater => name.Replace("/images/", $"/{rater}/", StringComparison.Ordinal)).ToArray()
            where masks.All(pictures.ContainsKey)
            select new RaterSlice(Parts(name).Patient, name, pictures[name].Grey, [.. masks.Select(mask => Binary(pictures[mask].Grey))]);
        return new(rows, columns, raters.Length, [.. slices]);
    }

    private static (string Patient, string Folder) Parts(string name) => name.Split('/') switch
    {
        [.., var patient, _, var folder, _] => (patient, folder),
        _ => ("", ""),
    };

    /// <summary>Masks come as 0 and 255 (smoothed edges count from the middle on), or as 0 and 1.</summary>
    private static byte[] Binary(byte[] grey)
    {
        var inside = grey.Max() == 1 ? 1 : 128;
        return [.. grey.Select(value => value >= inside ? (byte)1 : (byte)0)];
    }

    private static IEnumerable<(string Name, Stream Content)> Files(string path)
    {
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path, "*.png", SearchOption.AllDirectories)
                .Select(file => (Path.GetRelativePath(path, file).Replace('\\', '/'), (Stream)File.OpenRead(file)));
        return File.Exists(path)
            ? InArchive(path)
            : throw new InvalidImageException($"There is no training data at {path}; expected a folder or a .tar.gz.");
    }

    private static IEnumerable<(string Name, Stream Content)> InArchive(string path)
    {
        using var unzipped = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        while (Next(tar, path) is { } entry)
            if (entry.DataStream is { } content && entry.Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
                yield return (entry.Name.TrimStart('.', '/'), content);
    }

    private static TarEntry? Next(TarReader tar, string path)
    {
        try
        {
            return tar.GetNextEntry(copyData: true);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidImageException($"{Path.GetFileName(path)} is not a whole .tar.gz: {error.Message}", error);
        }
    }

    private static (int Rows, int Columns, byte[] Grey) Decode(string name, Stream content)
    {
        using var bitmap = SKBitmap.Decode(content) ?? throw new InvalidImageException($"{name} is not a PNG picture.");
        using var grey = bitmap.ColorType == SKColorType.Gray8 ? null : bitmap.Copy(SKColorType.Gray8);
        var source = grey ?? bitmap;
        var pixels = new byte[source.Width * source.Height];
        for (var y = 0; y < source.Height; y++)
            source.GetPixelSpan().Slice(y * source.RowBytes, source.Width).CopyTo(pixels.AsSpan(y * source.Width));
        return (source.Height, source.Width, pixels);
    }
}
