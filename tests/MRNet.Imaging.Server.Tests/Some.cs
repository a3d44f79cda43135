using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Tests;

/// <summary>What a test does not care about.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    public static FakeTimeProvider Clock() => new(Noon);

    public static UploadStore Uploads(DataFolder data, UploadLimits? limits = null, TimeProvider? time = null, IFileSystem? files = null) =>
        new(data, files ?? new DiskFileSystem(), (limits ?? new()) with { KeepFree = 0 }, time ?? Clock(), Guid.NewGuid);

    public static UploadHeader Header(string name, int bytes, ByteString? sha256 = null) =>
        new() { Kind = ImageKind.Dicom, FileName = name, Bytes = (ulong)bytes, Sha256 = sha256 ?? ByteString.Empty };

    /// <summary>A complete upload of one file.</summary>
    public static Upload Sent(UploadStore store, string owner = "anna", params byte[] content)
    {
        var receiver = store.Begin(owner, "");
        receiver.Announce(Header("a.dcm", content.Length));
        if (content.Length > 0)
            receiver.Take(0, content);
        return receiver.Complete();
    }

    public static StoredJob Job(string id, string owner = "anna", string? key = null, string hash = "h", string upload = "") =>
        new(id, owner, key ?? id, hash, "a-model", [1, 2, 3], upload, JobStatus.Queued, 0, Noon, null, null, null, null);
}
