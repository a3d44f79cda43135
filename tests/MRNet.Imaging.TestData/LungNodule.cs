using System.Formats.Tar;
using System.IO.Compression;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.TestData;

/// <summary>
/// One LIDC nodule as a CT volume. The crops are 8-bit and were stretched to 0..255 slice by slice, so the Hounsfield units
/// are plausible, not true: 0 is air, 255 dense bone.
/// </summary>
internal static class LungNodule
{
    private const string Nodule = "LIDC-IDRI-0163/nodule-0/images/"; // a patient of the test part: no bundled model was trained on it
    private const float Air = -1000;
    private const float HuPerGrey = 5;

    public static Volume Read(string archive)
    {
        var slices = Pictures(archive).OrderBy(picture => picture.Number).Select(picture => picture.Content).ToArray();
        float[] samples = [.. slices.SelectMany(slice => slice.Samples).Select(grey => Air + HuPerGrey * grey)];
        var grid = new Grid(128, 128, slices.Length)
        {
            SpacingMm = new(0.7, 0.7, 2.5),
            OriginLps = new(35.35, -141.2, -187.5), // in the left lung: the chest wall lies towards the left
        };
        return new(grid, samples) { Modality = "CT" };
    }

    private static IEnumerable<(int Number, Volume Content)> Pictures(string archive)
    {
        using var unzipped = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        while (tar.GetNextEntry() is { } entry)
        {
            if (!entry.Name.StartsWith(Nodule, StringComparison.Ordinal) || entry.DataStream is null)
                continue;
            using var content = new MemoryStream();
            entry.DataStream.CopyTo(content);
            yield return (int.Parse(Path.GetFileNameWithoutExtension(entry.Name).Split('-')[1]), PictureReader.Read(content.ToArray()));
        }
    }
}
