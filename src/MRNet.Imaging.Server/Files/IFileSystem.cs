namespace MRNet.Imaging.Server.Files;

/// <summary>All file work of the server goes through here, so that a test can make the n-th operation fail: a full disk, a broken one, a killed process.</summary>
public interface IFileSystem
{
    /// <summary>A new file for writing; it must not be there.</summary>
    Stream Create(string path);

    Stream OpenRead(string path);

    /// <summary>Adds to the end of a file and brings it to the disk itself: all or nothing, unless the server dies in it.</summary>
    void Append(string path, ReadOnlySpan<byte> content);

    /// <summary>Brings a file's content to the disk itself.</summary>
    void Sync(Stream file);

    /// <summary>The same for many that are written already: several at a time, which a disk does faster than one after another.</summary>
    void SyncAll(IReadOnlyCollection<string> paths);

    /// <summary>Brings a folder's entries to the disk itself: without it a power cut may take back a rename.</summary>
    void SyncFolder(string folder);

    /// <summary>Gives a file its name, replacing what has it.</summary>
    void Move(string from, string to);

    void MoveFolder(string from, string to);

    /// <summary>Nothing happens when it is not there.</summary>
    void Delete(string path);

    /// <summary>With all that is in it; nothing happens when it is not there.</summary>
    void DeleteFolder(string folder);

    /// <summary>With its parents, readable by the server's account only.</summary>
    void MakeFolder(string folder);

    bool FileExists(string path);

    bool FolderExists(string folder);

    /// <summary>Full paths of the files of a folder, none when there is no such folder.</summary>
    IReadOnlyList<string> Files(string folder);

    /// <summary>Full paths of the folders of a folder, none when there is no such folder.</summary>
    IReadOnlyList<string> Folders(string folder);

    long Length(string path);

    /// <summary>Bytes left on the disk that holds a folder.</summary>
    long FreeBytes(string folder);
}

public static class FileSystemWriting
{
    /// <summary>Writes a small file that is whole or absent: temporary name, sync, rename, sync of the folder.</summary>
    public static void WriteWhole(this IFileSystem files, string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".part";
        files.Delete(temporary);
        try
        {
            using (var stream = files.Create(temporary))
            {
                stream.Write(content);
                files.Sync(stream);
            }

            files.Move(temporary, path);
            files.SyncFolder(Path.GetDirectoryName(path)!);
        }
        catch
        {
            files.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a file of a folder that as a whole is temporary.</summary>
    public static void WriteNew(this IFileSystem files, string path, ReadOnlySpan<byte> content)
    {
        using var stream = files.Create(path);
        stream.Write(content);
        files.Sync(stream);
    }

    public static byte[] ReadWhole(this IFileSystem files, string path)
    {
        using var stream = files.OpenRead(path);
        var content = new byte[checked((int)stream.Length)];
        stream.ReadExactly(content);
        return content;
    }
}
