using System.IO.Compression;
using System.Security.Cryptography;
using Google.Protobuf;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Results;

namespace MRNet.Imaging.Server.Verification;

/// <summary>The results: each job that is done has one, whole, with the hashes it says; each result has its job.</summary>
internal sealed class ResultCheck(string root, IFileSystem files, bool inUse)
{
    /// <summary>Read so far.</summary>
    public long Bytes { get; private set; }

    public IEnumerable<Finding> Look(IReadOnlyList<string> folders, Dictionary<string, JobRow> jobs, CancellationToken cancellation)
    {
        foreach (var folder in folders)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var finding in Look(folder, jobs.GetValueOrDefault(Path.GetFileName(folder))))
                yield return finding;
        }

        var there = folders.Select(folder => Path.GetFileName(folder)).ToHashSet();
        foreach (var job in jobs.Values.Where(job => job.Status == JobStatus.Done && !there.Contains(job.Id)))
            yield return new("jobs.db", $"job {job.Id} is done, and its result is gone");
    }

    private IEnumerable<Finding> Look(string folder, JobRow? job)
    {
        var place = Path.GetRelativePath(root, folder);
        if (Path.GetExtension(folder) == JobResults.Temporary)
            return inUse ? [] : [new(place, "is half a result", IsStray: true)];
        return job?.Status switch
        {
            null => [new(place, "is a result without its job", IsStray: true)],
            JobStatus.Failed or JobStatus.Cancelled => [new(place, $"is a result, and its job is {job.Status.ToString().ToUpperInvariant()}", IsStray: true)],
            JobStatus.Done => Content(folder, place),
            _ => [], // the server ended between the two; the next start says that it is done
        };
    }

    private IEnumerable<Finding> Content(string folder, string place)
    {
        IReadOnlyList<Event> said;
        try
        {
            said = new ResultFolder(folder, files).ReadIndex();
        }
        catch (Exception error) when (error is IOException or InvalidProtocolBufferException)
        {
            return [new(place, "has no list of its parts that can be read")];
        }

        if (said is not [.., { Done: not null }])
            return [new(place, "has a list of its parts without an end")];
        return Parts(folder, place, said);
    }

    private IEnumerable<Finding> Parts(string folder, string place, IReadOnlyList<Event> said)
    {
        var known = new HashSet<string> { ResultFolder.Index };
        foreach (var part in said.Where(ResultFolder.IsPart))
        {
            var path = new ResultFolder(folder, files).PathOf(part);
            known.Add(Path.GetFileName(path));
            if (Fault(path, part) is { } fault)
                yield return new(Path.Combine(place, Path.GetFileName(path)), fault);
        }

        foreach (var other in files.Files(folder).Select(path => Path.GetFileName(path)).Where(name => !known.Contains(name)))
            yield return new(Path.Combine(place, other), "is no part of the result", IsStray: true);
    }

    private string? Fault(string path, Event part)
    {
        var (bytes, sha256) = part.Map is { } map ? (map.Bytes, map.Sha256) : (part.Object.Bytes, part.Object.Sha256);
        if (!files.FileExists(path))
            return "is missing";
        if ((ulong)files.Length(path) is var length && length != bytes)
            return $"has {length} bytes; expected {bytes}";
        Bytes += (long)length;
        return Hash(path, part).AsSpan().SequenceEqual(sha256.Span) ? null : "has other content than was written: its SHA-256 is not the stored one";
    }

    /// <summary>A map's hash is that of its values; empty where they cannot be unpacked.</summary>
    private byte[] Hash(string path, Event part)
    {
        using var content = files.OpenRead(path);
        if (part.Map?.Encoding != Encoding.Deflate)
            return SHA256.HashData(content);
        try
        {
            using var values = new DeflateStream(content, CompressionMode.Decompress);
            return SHA256.HashData(values);
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}
