using System.Collections.Concurrent;
using System.Text.Json;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Uploads;

/// <summary>
/// What clients sent, on the disk: a folder for each upload with its files and, when it is complete, a manifest. What has
/// none is a leftover and removed at the next start.
/// </summary>
public sealed class UploadStore
{
    internal const string Manifest = "manifest.json";

    private readonly string root;
    private readonly IFileSystem files;
    private readonly UploadLimits limits;
    private readonly TimeProvider time;
    private readonly Func<Guid> newId;
    private readonly ConcurrentDictionary<string, Kept> complete = new();
    private readonly ConcurrentDictionary<string, UploadReceiver> open = new();
    private readonly Lock gate = new();
    private long bytes;

    /// <param name="newId">Where ids come from.</param>
    public UploadStore(DataFolder data, IFileSystem files, UploadLimits limits, TimeProvider time, Func<Guid> newId)
    {
        (root, this.files, this.limits, this.time, this.newId) = (data.Uploads, files, limits, time, newId);
        foreach (var folder in files.Folders(root))
            if (Load(folder, files) is { } upload)
                Keep(upload);
            else
                files.DeleteFolder(folder);
        bytes = complete.Values.Sum(kept => kept.Bytes);
    }

    /// <summary>What is known of a complete upload without its manifest: a busy server keeps tens of thousands.</summary>
    private sealed class Kept(string owner, long bytes, long used)
    {
        public string Owner => owner;

        public long Bytes => bytes;

        /// <summary>When a job named it last, on a clock that cannot be set.</summary>
        public long Used { get; set; } = used;
    }

    /// <summary>Bytes kept or promised to uploads that are being received.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public int Receiving => open.Count;

    /// <summary>Begins an upload.</summary>
    /// <param name="id">The client's UUID, or empty.</param>
    /// <exception cref="InvalidImageException">The id is no UUID, or is taken.</exception>
    /// <exception cref="ResourceLimitException">Too many at once.</exception>
    public UploadReceiver Begin(string owner, string id)
    {
        var name = id.Length == 0 ? newId().ToString() : Checked(id);
        lock (gate)
        {
            if (complete.ContainsKey(name) || open.ContainsKey(name))
                throw new InvalidImageException($"upload_id is taken; expected a new UUID.");
            if (open.Count >= limits.AtOnce)
                throw new ResourceLimitException($"The server has {open.Count} uploads that are being received; expected fewer than {limits.AtOnce}: try again in a few seconds.");
            if (open.Values.Count(upload => upload.Owner == owner) is var mine && mine >= limits.AtOncePerCaller)
                throw new ResourceLimitException($"The server has {mine} uploads of this caller that are being received; expected fewer than {limits.AtOncePerCaller}: wait for one to end.");

            var receiver = new UploadReceiver(this, files, limits, name, owner, Path.Combine(root, name));
            open[name] = receiver;
            return receiver;
        }
    }

    /// <summary>An upload that is being received, to go on with.</summary>
    public UploadReceiver? Open(string id, string owner) => open.TryGetValue(id, out var receiver) && receiver.Owner == owner ? receiver : null;

    /// <summary>An upload for a job; its time is counted anew.</summary>
    /// <returns>Null when there is none, or it is another's.</returns>
    public Upload? Use(string id, string owner)
    {
        if (!complete.TryGetValue(id, out var kept) || kept.Owner != owner)
            return null;
        kept.Used = Timestamp;
        return Load(Path.Combine(root, id), files);
    }

    /// <summary>The files of an upload, in the order of their arrival.</summary>
    public IReadOnlyList<string> Paths(Upload upload) => [.. upload.Files.Select(file => Path.Combine(root, upload.Id, file.Stored))];

    public string Folder(Upload upload) => Path.Combine(root, upload.Id);

    /// <summary>Removes complete uploads that nothing needs and whose time has come.</summary>
    /// <param name="needed">Ids that jobs will read.</param>
    public void RemoveOld(IReadOnlySet<string> needed)
    {
        foreach (var (id, _) in complete.Where(upload => Since(upload.Value.Used) > limits.Keep && !needed.Contains(upload.Key)))
            Remove(id);
        foreach (var receiver in open.Values.Where(receiver => Since(receiver.Heard) > limits.Idle || Since(receiver.Begun) > limits.Whole))
            receiver.Dispose();
    }

    public void Remove(string id)
    {
        if (!complete.TryRemove(id, out var kept))
            return;
        files.DeleteFolder(Path.Combine(root, id));
        Interlocked.Add(ref bytes, -kept.Bytes);
    }

    internal DateTimeOffset Now => time.GetUtcNow();

    internal long Timestamp => time.GetTimestamp();

    /// <summary>Promises room for a file, before any of it is taken.</summary>
    internal void Reserve(long length)
    {
        lock (gate)
        {
            if (bytes + length > limits.SpoolBytes)
                throw new ResourceLimitException($"The spool holds {bytes} bytes; expected room for {length} below {limits.SpoolBytes}: try again later.");
            if (files.FreeBytes(root) - length < limits.KeepFree)
                throw new ResourceLimitException($"The server's disk has less than {limits.KeepFree} bytes beside a file of {length}; try again later.");
            bytes += length;
        }
    }

    internal void GiveBack(long length) => Interlocked.Add(ref bytes, -length);

    /// <summary>Writes the manifest: from here on a job may name the upload, also after a restart.</summary>
    internal void Seal(UploadReceiver receiver, Upload upload)
    {
        files.WriteWhole(Path.Combine(root, upload.Id, Manifest), JsonSerializer.SerializeToUtf8Bytes(upload));
        files.SyncFolder(root);
        Keep(upload);
        Forget(receiver);
    }

    internal void Forget(UploadReceiver receiver) => open.TryRemove(receiver.Id, out _);

    /// <summary>Its time is counted from now, also after a restart.</summary>
    private void Keep(Upload upload) => complete[upload.Id] = new(string.Intern(upload.Owner), upload.Bytes, Timestamp);

    private TimeSpan Since(long timestamp) => time.GetElapsedTime(timestamp);

    /// <returns>Null where there is none that can be read.</returns>
    internal static Upload? Load(string folder, IFileSystem files)
    {
        try
        {
            return files.FileExists(Path.Combine(folder, Manifest))
                ? JsonSerializer.Deserialize<Upload>(files.ReadWhole(Path.Combine(folder, Manifest)))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Checked(string id) => Guid.TryParseExact(id, "D", out var uuid)
        ? uuid.ToString()
        : throw new InvalidImageException("upload_id is no UUID; expected 8-4-4-4-12 hexadecimal digits.");
}
