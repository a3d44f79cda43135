using System.Globalization;
using Google.Protobuf;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Results;

/// <summary>
/// A result on the disk, as it is sent: a file with the events in their order, and one for each map and object. What was
/// asked for is kept and no more.
/// </summary>
internal sealed class ResultFolder(string folder, IFileSystem files)
{
    public const string Index = "events";
    private const int ChunkBytes = 1 << 20;

    /// <param name="done">The last event.</param>
    /// <param name="options">For objects; their UIDs are derived from the job.</param>
    public void Write(
        string jobId, LoadedImage image, SegmentationResult result, IReadOnlyList<Output> outputs, Sample sample, Summary summary, Done done, WriterOptions options, CancellationToken cancellation)
    {
        var events = new List<Event> { new() { Summary = summary } };
        var stream = 1u;
        foreach (var kind in outputs)
        {
            cancellation.ThrowIfCancellationRequested();
            Event[] parts = ObjectEncoder.Knows(kind)
                ? [.. ObjectEncoder.Write(folder, files, image, result, kind, options, jobId, stream, cancellation).Select(header => new Event { Object = header })]
                : [.. MapEncoder.Encode(result, kind, sample, stream).Select(map => new Event { Map = Kept(map) })];
            events.AddRange(parts);
            stream += (uint)parts.Length;
        }

        events.Add(new() { Done = done });
        WriteIndex(events);
    }

    /// <summary>The events of a result with the chunks of what is asked for.</summary>
    /// <param name="wanted">None: all that is kept.</param>
    /// <exception cref="InvalidImageException">Something was not kept.</exception>
    public IEnumerable<Event> Read(IReadOnlyCollection<Output> wanted)
    {
        var events = ReadIndex();
        var kept = events.Where(IsPart).Select(KindOf).ToHashSet();
        if (wanted.Where(kind => !kept.Contains(kind)).Select(kind => (Output?)kind).FirstOrDefault() is { } missing)
            throw new InvalidImageException($"outputs holds {missing}; expected what the job was asked for: {(kept.Count == 0 ? "none" : string.Join(", ", kept))}. Submit another job that asks for it.");

        foreach (var said in events)
        {
            if (IsPart(said) && wanted.Count > 0 && !wanted.Contains(KindOf(said)))
                continue;
            yield return said;
            if (IsPart(said))
                foreach (var chunk in Chunks(said))
                    yield return new() { Chunk = chunk };
        }
    }

    /// <summary>The DICOM objects of a result.</summary>
    /// <param name="wanted">None: all of them.</param>
    /// <exception cref="InvalidImageException">Something was not kept, or is no DICOM object.</exception>
    public IReadOnlyList<ObjectHeader> DicomObjects(IReadOnlyCollection<Output> wanted)
    {
        ObjectHeader[] kept = [.. ReadIndex().Select(said => said.Object).Where(header => header is not null && header.SopUid.Length > 0)];
        if (wanted.Where(kind => !kept.Any(header => header.Kind == kind)).Select(kind => (Output?)kind).FirstOrDefault() is { } missing)
            throw new InvalidImageException($"outputs holds {missing}; expected DICOM objects that the job was asked for: {(kept.Length == 0 ? "none" : string.Join(", ", kept.Select(header => header.Kind).Distinct()))}.");
        return [.. kept.Where(header => wanted.Count == 0 || wanted.Contains(header.Kind))];
    }

    /// <summary>The last event.</summary>
    public Event Done() => ReadIndex()[^1];

    /// <summary>The file of a part.</summary>
    public string PathOf(Event part) => part.Map is { } map ? PathOf(map) : PathOf(part.Object);

    private string PathOf(ObjectHeader header) => Path.Combine(folder, header.FileName);

    public static bool IsPart(Event said) => said.Map is not null || said.Object is not null;

    private static Output KindOf(Event said) => said.Map?.Kind ?? said.Object.Kind;

    private MapHeader Kept(EncodedMap map)
    {
        files.WriteNew(PathOf(map.Header), map.Content.Span);
        return map.Header;
    }

    private string PathOf(MapHeader header) => Path.Combine(folder, "map-" + header.Stream.ToString(CultureInfo.InvariantCulture));

    private void WriteIndex(List<Event> events)
    {
        var index = new MemoryStream();
        foreach (var said in events)
            said.WriteDelimitedTo(index);
        files.WriteWhole(Path.Combine(folder, Index), index.ToArray());
    }

    /// <summary>The events, without chunks.</summary>
    public IReadOnlyList<Event> ReadIndex()
    {
        using var index = files.OpenRead(Path.Combine(folder, Index));
        var events = new List<Event>();
        while (index.Position < index.Length)
            events.Add(Event.Parser.ParseDelimitedFrom(index));
        return events;
    }

    private IEnumerable<Chunk> Chunks(Event part)
    {
        using var content = files.OpenRead(PathOf(part));
        var stream = part.Map?.Stream ?? part.Object.Stream;
        do
        {
            var offset = content.Position;
            var data = new byte[Math.Min(ChunkBytes, content.Length - offset)];
            content.ReadExactly(data);
            yield return new Chunk { Stream = stream, Offset = (ulong)offset, Data = UnsafeByteOperations.UnsafeWrap(data), Last = content.Position == content.Length };
        }
        while (content.Position < content.Length);
    }
}
