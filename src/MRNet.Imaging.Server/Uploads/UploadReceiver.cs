using System.Security.Cryptography;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Uploads;

/// <summary>
/// Receives one upload: files one after another, each announced with its size and then sent in order. Nothing is held in
/// memory but the chunk at hand. They are brought to the disk itself together, when all are there.
/// </summary>
public sealed class UploadReceiver : IDisposable
{
    private readonly UploadStore store;
    private readonly IFileSystem files;
    private readonly UploadLimits limits;
    private readonly string folder;
    private readonly Lock gate = new(); // it may be dropped while a chunk is being written
    private readonly List<UploadedFile> done = [];
    private ImageKind kind;
    private IncomingFile? current;
    private long reserved;
    private bool over;

    internal UploadReceiver(UploadStore store, IFileSystem files, UploadLimits limits, string id, string owner, string folder)
    {
        (this.store, this.files, this.limits, Id, Owner, this.folder) = (store, files, limits, id, owner, folder);
        Begun = Heard = store.Timestamp;
        files.MakeFolder(folder);
    }

    public string Id { get; }

    public string Owner { get; }

    /// <summary>On a clock that cannot be set, see <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Begun { get; }

    /// <summary>Number of the file that is arriving or comes next, from 0.</summary>
    public int Next => done.Count;

    /// <summary>When something arrived last, on the same clock.</summary>
    public long Heard { get; private set; }

    /// <summary>Bytes of the current file so far, 0 between files: where to go on.</summary>
    public long Offset => current?.Offset ?? 0;

    /// <summary>Announces a file.</summary>
    /// <exception cref="InvalidImageException">Another kind than before, a name twice, a name with folders, the file before is not complete.</exception>
    /// <exception cref="ResourceLimitException">Too many files or bytes; nothing of it has been taken.</exception>
    public void Announce(UploadHeader header)
    {
        using var _ = gate.EnterScope();
        Alive();
        CheckHeader(header);
        store.Reserve((long)header.Bytes);
        reserved += (long)header.Bytes;
        kind = header.Kind;
        current = new IncomingFile(files, Path.Combine(folder, StoredName(header)), header);
        Heard = store.Timestamp;
        CompleteFile(); // an empty file has no chunk
    }

    /// <summary>Takes the next piece of the announced file.</summary>
    /// <exception cref="InvalidImageException">Out of order, beyond the announced size, or the whole has another SHA-256.</exception>
    public void Take(ulong offset, ReadOnlySpan<byte> data)
    {
        using var _ = gate.EnterScope();
        Alive();
        if (current is null)
            throw new InvalidImageException("header is missing; expected an UploadHeader before the chunks of a file.");
        current.Take(offset, data);
        Heard = store.Timestamp;
        CompleteFile();
    }

    /// <summary>Everything has arrived: makes the upload one that jobs may name.</summary>
    /// <exception cref="InvalidImageException">No file, or the last one is not complete.</exception>
    public Upload Complete()
    {
        using var _ = gate.EnterScope();
        Alive();
        if (current is { } part)
            throw new InvalidImageException($"file {done.Count + 1} has {part.Offset} bytes; expected {part.Length} as announced: send the rest.");
        if (done.Count == 0)
            throw new InvalidImageException("The upload has no file; expected at least one.");

        files.SyncAll([.. done.Select(file => Path.Combine(folder, file.Stored))]);
        var upload = new Upload(Id, Owner, kind, done, store.Now);
        store.Seal(this, upload);
        over = true;
        return upload;
    }

    /// <summary>Without <see cref="Complete"/> nothing is left of it.</summary>
    public void Dispose()
    {
        using var _ = gate.EnterScope();
        if (over)
            return;
        over = true;
        current?.Dispose();
        files.DeleteFolder(folder);
        store.GiveBack(reserved);
        store.Forget(this);
    }

    private void Alive()
    {
        if (over)
            throw new InvalidImageException("The upload has ended or was dropped because nothing arrived; begin a new one.");
    }

    private void CompleteFile()
    {
        if (current is not { IsComplete: true } file)
            return;
        done.Add(file.Complete());
        file.Dispose();
        current = null;
    }

    private void CheckHeader(UploadHeader header)
    {
        if (current is { } part)
            throw new InvalidImageException($"file {done.Count + 1} has {part.Offset} bytes and the next one is announced; expected {part.Length} first.");
        if (header.Kind == ImageKind.Unspecified || (done.Count > 0 && header.Kind != kind))
            throw new InvalidImageException($"kind is {header.Kind}; expected {(done.Count > 0 ? kind : "Dicom, Nifti or Picture")}.");
        if (header.FileName.Length is 0 or > 255 || header.FileName.AsSpan().IndexOfAny("/\\\0") >= 0)
            throw new InvalidImageException("file_name is empty, too long or has folders; expected a plain name of up to 255 characters.");
        if (done.Exists(file => file.Name == header.FileName))
            throw new InvalidImageException("file_name is used twice in one upload; expected a name for each file.");
        if (header.Sha256.Length is not (0 or 32))
            throw new InvalidImageException($"sha256 has {header.Sha256.Length} bytes; expected 32, or none.");
        if (done.Count >= limits.MaxFiles)
            throw new ResourceLimitException($"The upload has more than {limits.MaxFiles} files; expected {limits.MaxFiles} at most.");
        if (header.Bytes > (ulong)limits.MaxBytes)
            throw new ResourceLimitException($"header.bytes is {header.Bytes}; expected {limits.MaxBytes} at most.");
        if ((ulong)reserved + header.Bytes > (ulong)limits.MaxBytes)
            throw new ResourceLimitException($"The upload has {(ulong)reserved + header.Bytes} bytes; expected {limits.MaxBytes} at most.");
    }

    /// <summary>A name of our own; the ending tells the readers what it is.</summary>
    private string StoredName(UploadHeader header) => $"{done.Count:D5}{Ending(header)}";

    private static string Ending(UploadHeader header)
    {
        string[] known = header.Kind switch
        {
            ImageKind.Nifti => [".nii.gz", ".nii"],
            ImageKind.Picture => [".png", ".jpg", ".jpeg", ".tif", ".tiff"],
            _ => [".dcm"],
        };
        return known.FirstOrDefault(ending => header.FileName.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ?? known[0];
    }

    /// <summary>A file that is arriving, under a temporary name.</summary>
    private sealed class IncomingFile : IDisposable
    {
        private readonly IFileSystem files;
        private readonly string path;
        private readonly UploadHeader header;
        private readonly Stream stream;
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public IncomingFile(IFileSystem files, string path, UploadHeader header)
        {
            (this.files, this.path, this.header) = (files, path, header);
            stream = files.Create(path + ".part");
        }

        public long Offset { get; private set; }

        public long Length => (long)header.Bytes;

        public bool IsComplete => Offset == Length;

        public void Take(ulong offset, ReadOnlySpan<byte> data)
        {
            if (offset != (ulong)Offset)
                throw new InvalidImageException($"chunk.offset is {offset}; expected {Offset}.");
            if (data.Length > Length - Offset)
                throw new InvalidImageException($"chunk.data has {data.Length} bytes; expected {Length - Offset} at most, as announced.");
            stream.Write(data);
            hash.AppendData(data);
            Offset += data.Length;
        }

        public UploadedFile Complete()
        {
            var found = hash.GetHashAndReset();
            if (!header.Sha256.IsEmpty && !header.Sha256.Span.SequenceEqual(found))
                throw new InvalidImageException($"The file has SHA-256 {Convert.ToHexStringLower(found)}; expected {Convert.ToHexStringLower(header.Sha256.Span)} as announced: send it again.");
            stream.Dispose();
            files.Move(path + ".part", path);
            return new(header.FileName, Path.GetFileName(path), Length, Convert.ToHexStringLower(found));
        }

        public void Dispose()
        {
            stream.Dispose();
            hash.Dispose();
        }
    }
}
