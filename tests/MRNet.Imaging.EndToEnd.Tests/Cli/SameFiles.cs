using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MRNet.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>Whether two runs wrote the same, but for what no two runs share.</summary>
internal static class SameFiles
{
    public static void Check(string here, string there)
    {
        Assert.Equal(Names(here), Names(there));
        Assert.All(Names(here), name => Assert.Equal(Content(Path.Combine(here, name)), Content(Path.Combine(there, name))));
    }

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(file => Path.GetFileName(file)).Order()];

    /// <summary>What a file says, without what no two runs share: UIDs of its own, dates, seconds.</summary>
    private static object Content(string file) => Path.GetExtension(file) switch
    {
        ".dcm" => Alike(DicomFile.Open(file).Dataset),
        ".json" => Alike(JsonNode.Parse(File.ReadAllText(file))!.AsObject()),
        ".png" => Picture(file),
        _ => File.ReadAllBytes(file),
    };

    private static string Alike(JsonObject result)
    {
        result.Remove("seconds");
        result.Remove("created");
        return result.ToJsonString();
    }

    /// <summary>The pixels below the head, which tells the time.</summary>
    private static byte[] Picture(string file)
    {
        using var bitmap = SkiaSharp.SKBitmap.Decode(file);
        var head = 40 * bitmap.RowBytes;
        return [.. bitmap.GetPixelSpan()[head..]];
    }

    /// <summary>Every element with its bytes; UIDs by the order in which they first stand there, dates and times not at all.</summary>
    private static string[] Alike(DicomDataset dataset)
    {
        var uids = new Dictionary<string, int>();
        string Said(DicomItem item) => item switch
        {
            DicomElement { VR.Code: "DA" or "TM" or "DT" } => "a time",
            DicomElement { VR.Code: "UI" } element when Value(element) is var uid && uid.StartsWith("2.25.", StringComparison.Ordinal) => $"UID {(uids.TryAdd(uid, uids.Count) ? "new " : "")}{uids[uid]}",
            DicomElement element => element.Length > 64 ? Convert.ToHexString(SHA256.HashData(element.Bytes.Span)) : Value(element),
            _ => "",
        };
        IEnumerable<string> Lines(DicomDataset items) => items.SelectMany(item => (IEnumerable<string>)
            [$"{item} {Said(item)}", .. item is DicomSequence sequence ? sequence.Items.SelectMany(Lines) : []]);

        return [.. Lines(dataset)];
    }

    private static string Value(DicomElement element) => System.Text.Encoding.Latin1.GetString(element.Bytes.Span).TrimEnd('\0');
}
