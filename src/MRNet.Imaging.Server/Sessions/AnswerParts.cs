using Google.Protobuf;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Results;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>Answers as events: a summary, then the maps that it speaks of. Maps of all parts have streams of their own.</summary>
internal sealed class AnswerParts(string sessionId, IReadOnlyList<Output> outputs, Sample sample)
{
    private const int ChunkBytes = 1 << 20;

    private uint stream = 1;

    /// <summary>Something of what is asked for is known before the raters are.</summary>
    public bool HasCoarse => outputs.Any(IsCoarse);

    /// <summary>All of it.</summary>
    public IReadOnlyList<Event> Of(LoadedImage image, SegmentationRun run, double seconds) => Of(image, run.Result(seconds), isPart: false);

    /// <summary>Some slices, those that follow one another together; the rest of an earlier answer stays.</summary>
    /// <param name="slices">In order.</param>
    public IReadOnlyList<Event> Of(LoadedImage image, SegmentationRun run, int[] slices, double seconds) => slices.Length == run.Box.Slices
        ? Of(image, run, seconds)
        : [.. Rows(slices).SelectMany(row => Of(image, run.Part(row.From, row.Count, seconds), isPart: true))];

    /// <summary>First and number of slices that follow one another.</summary>
    internal static IEnumerable<(int From, int Count)> Rows(int[] slices) =>
        slices.Select((slice, i) => (slice, row: slice - i)).GroupBy(pair => pair.row, (_, row) => (row.First().slice, row.Count()));

    /// <summary>A result that was computed elsewhere.</summary>
    public IReadOnlyList<Event> Of(LoadedImage image, SegmentationResult result) => Of(image, result, isPart: false);

    private List<Event> Of(LoadedImage image, SegmentationResult result, bool isPart)
    {
        var summary = Summaries.Of(image, result, sessionId);
        if (isPart)
            summary.Stats.Clear(); // a volume of some slices would pass for the structure's
        var events = new List<Event> { new() { Summary = summary } };
        foreach (var kind in outputs.Where(kind => !summary.Coarse || IsCoarse(kind)))
            foreach (var map in MapEncoder.Encode(result, kind, sample, stream))
            {
                map.Header.ReplacesBoxOnly = isPart;
                stream++;
                events.Add(new() { Map = map.Header });
                events.AddRange(Chunks(map).Select(chunk => new Event { Chunk = chunk }));
            }

        return events;
    }

    private static IEnumerable<Chunk> Chunks(EncodedMap map)
    {
        var offset = 0;
        do
        {
            var data = map.Content.Slice(offset, Math.Min(ChunkBytes, map.Content.Length - offset));
            yield return new Chunk { Stream = map.Header.Stream, Offset = (ulong)offset, Data = UnsafeByteOperations.UnsafeWrap(data), Last = offset + data.Length == map.Content.Length };
            offset += data.Length;
        }
        while (offset < map.Content.Length);
    }

    private static bool IsCoarse(Output kind) => kind is Output.Mask or Output.Probability;
}
