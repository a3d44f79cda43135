using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Client;

/// <summary>All that a server said of an image.</summary>
public sealed record Answer(string JobId, Summary Summary, Done Done, IReadOnlyList<ReceivedMap> Maps, IReadOnlyList<ReceivedObject> Objects)
{
    /// <summary>A map by what it is.</summary>
    /// <param name="structure">From 1.</param>
    /// <returns>Null when it was not asked for.</returns>
    public ReceivedMap? Map(Output kind, int structure, string rater = "") =>
        Maps.FirstOrDefault(map => map.Header.Kind == kind && map.Header.Structure == structure && map.Header.Rater == rater);
}

/// <summary>A map that has arrived while others are still under way: coarse, of some slices, or of the last answer.</summary>
/// <param name="Part">What it is a map of.</param>
public sealed record EarlyMap(Summary Part, ReceivedMap Map);

/// <summary>A map, decoded and checked.</summary>
public sealed record ReceivedMap(MapHeader Header, byte[] Raw)
{
    /// <summary>(D, H, W) of the header's box: stored numbers times the scale.</summary>
    public float[] Values() => Header.Sample switch
    {
        Sample.Float32 => MemoryMarshal.Cast<byte, float>(Raw).ToArray(),
        Sample.Uint8 => [.. Raw.Select(value => (float)(value * Header.Scale))],
        _ => [.. Mask().Select(value => (float)value)],
    };

    /// <summary>(D, H, W) of the header's box: 0 or 1.</summary>
    public byte[] Mask()
    {
        var pixels = (int)(Header.Columns * Header.Rows);
        var stride = (pixels + 7) / 8;
        var mask = new byte[pixels * (int)Header.Slices];
        for (var i = 0; i < mask.Length; i++)
        {
            var (slice, pixel) = (i / pixels, i % pixels);
            mask[i] = (byte)((Raw[slice * stride + (pixel >> 3)] >> (pixel & 7)) & 1);
        }

        return mask;
    }
}

/// <summary>A file that the server wrote.</summary>
public sealed record ReceivedObject(ObjectHeader Header, byte[] Content);

/// <summary>Puts an answer together from its events; what arrives damaged is refused.</summary>
/// <param name="early">Told each map as it arrives.</param>
internal sealed class AnswerReader(IProgress<EarlyMap>? early = null)
{
    private readonly Dictionary<uint, (Event Header, MemoryStream Content)> open = [];
    private readonly List<ReceivedMap> maps = [];
    private readonly List<ReceivedObject> objects = [];
    private Summary? summary;
    private Done? done;
    private string jobId = "";

    public void Take(Event said)
    {
        jobId = said.JobId;
        if (said.Summary is not null)
            Begin(said.Summary);
        done = said.Done ?? done;
        if ((said.Map?.Stream ?? said.Object?.Stream) is { } stream)
            open[stream] = (said, new MemoryStream(Checked(said.Map?.Bytes ?? said.Object!.Bytes)));
        else if (said.Chunk is { } chunk)
            Take(chunk);
    }

    public Answer Complete() => summary is not null && done is not null && open.Count == 0
        ? new(jobId, summary, done, maps, objects)
        : throw new PeerException("The server's answer ends in its middle; ask again.");

    /// <summary>An answer may come several times, coarse and in parts first: the last one counts, and it is whole.</summary>
    private void Begin(Summary next)
    {
        summary = next;
        maps.Clear();
        objects.Clear();
    }

    private void Take(Chunk chunk)
    {
        if (!open.TryGetValue(chunk.Stream, out var part) || chunk.Offset != (ulong)part.Content.Length)
            throw new PeerException("The server's answer is out of order; ask again.");
        part.Content.Write(chunk.Data.Span);
        if (!chunk.Last)
            return;
        open.Remove(chunk.Stream);
        if (part.Header.Map is { } map)
            Add(new(map, Hashed(Inflated(map, part.Content), map.Sha256.Span)));
        else
            objects.Add(new(part.Header.Object, Hashed(part.Content.ToArray(), part.Header.Object.Sha256.Span)));
    }

    private void Add(ReceivedMap map)
    {
        maps.Add(map);
        if (summary is not null)
            early?.Report(new(summary, map));
    }

    private static byte[] Inflated(MapHeader header, MemoryStream content)
    {
        if (header.Encoding == Encoding.None)
            return content.ToArray();
        content.Position = 0;
        var raw = new byte[Checked(header.RawBytes)];
        using var inflate = new DeflateStream(content, CompressionMode.Decompress);
        inflate.ReadExactly(raw);
        return raw;
    }

    private static byte[] Hashed(byte[] content, ReadOnlySpan<byte> sha256) => SHA256.HashData(content).AsSpan().SequenceEqual(sha256)
        ? content
        : throw new PeerException("A part of the server's answer is damaged; ask again.");

    private static int Checked(ulong bytes) => bytes <= (ulong)Array.MaxLength
        ? (int)bytes
        : throw new PeerException($"The server announces {bytes} bytes in one part; that is more than this program takes.");
}
