using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Server.Files;

/// <summary>The disk. Files are 0600 and folders 0700 where the system knows such modes.</summary>
public sealed partial class DiskFileSystem : IFileSystem
{
    /// <summary>Threads that wait for the disk at once.</summary>
    private const int SyncsAtOnce = 8;

    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public Stream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Mine;
        return new FileStream(path, options);
    }

    public Stream OpenRead(string path) => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);

    public void Append(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Mine;
        using var stream = new FileStream(path, options);
        var end = stream.CanSeek ? stream.Seek(0, SeekOrigin.End) : 0;
        try
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        catch (IOException) when (stream.CanSeek)
        {
            stream.SetLength(end); // half a line would spoil the next one
            throw;
        }
    }

    public void Sync(Stream file)
    {
        file.Flush();
        (file as FileStream)?.Flush(flushToDisk: true);
    }

    public void SyncAll(IReadOnlyCollection<string> paths)
    {
        var left = new ConcurrentQueue<string>(paths);
        // Threads of their own: the pool has as many as processors, and they would all wait for the disk.
        var threads = Enumerable.Range(0, Math.Min(SyncsAtOnce, paths.Count))
            .Select(_ => Task.Factory.StartNew(() => SyncNext(left), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToArray();
        try
        {
            Task.WaitAll(threads);
        }
        catch (AggregateException several)
        {
            throw new IOException(several.InnerExceptions[0].Message, several);
        }
    }

    public void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return; // a folder cannot be opened there; NTFS keeps renames in its journal
        var descriptor = Posix.Open(folder, Posix.ReadOnly); // .NET opens no folders
        var failed = descriptor < 0 || Posix.Sync(descriptor) < 0;
        var error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
        if (failed)
            throw new IOException($"A folder could not be synced: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    public void Move(string from, string to) => File.Move(from, to, overwrite: true);

    public void MoveFolder(string from, string to) => Directory.Move(from, to);

    public void Delete(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }

    public void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    public void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, Mine | UnixFileMode.UserExecute);
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool FolderExists(string folder) => Directory.Exists(folder);

    public IReadOnlyList<string> Files(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    public IReadOnlyList<string> Folders(string folder) => Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];

    public long Length(string path) => new FileInfo(path).Length;

    public long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    private static void SyncNext(ConcurrentQueue<string> left)
    {
        while (left.TryDequeue(out var path))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            file.Flush(flushToDisk: true);
        }
    }

    private static partial class Posix
    {
        public const int ReadOnly = 0;

        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static partial int Sync(int descriptor);

        [LibraryImport("libc", EntryPoint = "close")]
        public static partial int Close(int descriptor);
    }
}
