using System.Security.Cryptography;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Verification;

/// <summary>The images that were sent: each upload's files with their sizes and hashes, and that a job which has not ended has its own.</summary>
internal sealed class UploadCheck(string root, IFileSystem files, bool inUse)
{
    /// <summary>Read so far.</summary>
    public long Bytes { get; private set; }

    public IEnumerable<Finding> Look(IReadOnlyList<string> folders, Dictionary<string, JobRow> jobs, CancellationToken cancellation)
    {
        foreach (var folder in folders)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var finding in Look(folder))
                yield return finding;
        }

        foreach (var job in jobs.Values.Where(job => job is { Status: JobStatus.Queued or JobStatus.Running, UploadId.Length: > 0 }))
            if (!files.FileExists(Path.Combine(DataFolder.UploadsOf(root), Path.GetFileName(job.UploadId), UploadStore.Manifest)))
                yield return new("jobs.db", $"job {job.Id} has not ended, and the images that it reads are gone");
    }

    private IEnumerable<Finding> Look(string folder)
    {
        var place = Path.GetRelativePath(root, folder);
        if (!files.FileExists(Path.Combine(folder, UploadStore.Manifest)))
            return inUse ? [] : [new(place, "is half an upload: it has no manifest", IsStray: true)];
        if (UploadStore.Load(folder, files) is not { } upload)
            return [new(place, "has a manifest that cannot be read", IsStray: true)];
        return Look(folder, place, upload);
    }

    private IEnumerable<Finding> Look(string folder, string place, Upload upload)
    {
        if (upload.Id != Path.GetFileName(folder))
            yield return new(place, "is named otherwise than its manifest says");
        foreach (var file in upload.Files)
            if (Fault(Path.Combine(folder, Path.GetFileName(file.Stored)), file) is { } fault)
                yield return new(Path.Combine(place, Path.GetFileName(file.Stored)), fault);

        var known = upload.Files.Select(file => file.Stored).Append(UploadStore.Manifest).ToHashSet();
        foreach (var other in files.Files(folder).Select(path => Path.GetFileName(path)).Where(name => !known.Contains(name)))
            yield return new(Path.Combine(place, other), "is not in the upload's manifest", IsStray: true);
    }

    private string? Fault(string path, UploadedFile file)
    {
        if (!files.FileExists(path))
            return "is missing";
        if (files.Length(path) is var length && length != file.Bytes)
            return $"has {length} bytes; expected {file.Bytes}";
        Bytes += length;
        using var content = files.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(content)) == file.Sha256 ? null : "has other content than was sent: its SHA-256 is not the stored one";
    }
}
