using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Tests;

/// <summary>The disk, of which one operation fails: the n-th that changes something. After a "killed" one, nothing is changed any more.</summary>
internal sealed class FaultyFileSystem(int failing, bool killed = false) : IFileSystem
{
    private readonly DiskFileSystem disk = new();
    private int done;

    /// <summary>Whether the n-th operation was reached.</summary>
    public bool Met { get; private set; }

    /// <summary>What happens just before a file is read.</summary>
    public Action? BeforeReading { get; set; }

    public Stream Create(string path) => Try(() => (Stream)new FaultyStream(disk.Create(path), this));

    public Stream OpenRead(string path)
    {
        BeforeReading?.Invoke();
        return disk.OpenRead(path);
    }

    public void Append(string path, ReadOnlySpan<byte> content)
    {
        var copy = content.ToArray();
        Try(() => disk.Append(path, copy));
    }

    public void Sync(Stream file) => Try(() => disk.Sync(((FaultyStream)file).Inner));

    public void SyncAll(IReadOnlyCollection<string> paths) => Try(() => disk.SyncAll(paths));

    public void SyncFolder(string folder) => Try(() => disk.SyncFolder(folder));

    public void Move(string from, string to) => Try(() => disk.Move(from, to));

    public void MoveFolder(string from, string to) => Try(() => disk.MoveFolder(from, to));

    public void Delete(string path) => AfterDeath(() => disk.Delete(path));

    public void DeleteFolder(string folder) => AfterDeath(() => disk.DeleteFolder(folder));

    public void MakeFolder(string folder) => Try(() => disk.MakeFolder(folder));

    public bool FileExists(string path) => disk.FileExists(path);

    public bool FolderExists(string folder) => disk.FolderExists(folder);

    public IReadOnlyList<string> Files(string folder) => disk.Files(folder);

    public IReadOnlyList<string> Folders(string folder) => disk.Folders(folder);

    public long Length(string path) => disk.Length(path);

    public long FreeBytes(string folder) => disk.FreeBytes(folder);

    /// <summary>Cleaning up does not fail, but a killed process does not clean up.</summary>
    private void AfterDeath(Action work)
    {
        if (!(Met && killed))
            work();
    }

    private void Try(Action work) => Try(() =>
    {
        work();
        return 0;
    });

    private T Try<T>(Func<T> work)
    {
        if (Interlocked.Increment(ref done) == failing || (Met && killed))
        {
            Met = true;
            throw new IOException("No space left on device");
        }

        return work();
    }

    /// <summary>Writes are operations too; the failing one writes half.</summary>
    private sealed class FaultyStream(Stream inner, FaultyFileSystem owner) : Stream
    {
        public Stream Inner => inner;

        public override bool CanRead => false;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => inner.SetLength(value);

        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                owner.Try(() => inner.Write(buffer, offset, count));
            }
            catch (IOException)
            {
                inner.Write(buffer, offset, count / 2);
                throw;
            }
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
