namespace MRNet.Imaging;

/// <summary>
/// A file that is whole or absent: it is written beside its place and gets its name when complete, so that a killed run
/// leaves no half file under a final name.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;

    public AtomicFile(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        this.path = path;
        temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp"); // same folder: a rename across disks is a copy
        stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
    }

    public Stream Stream => stream;

    /// <summary>Gives the file its name, replacing what was there.</summary>
    public void Commit()
    {
        stream.Flush(flushToDisk: true); // else a power cut may keep the name and lose the content
        stream.Dispose();
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Without <see cref="Commit"/> nothing is left.</summary>
    public void Dispose()
    {
        try
        {
            stream.Dispose(); // throws where the disk is full
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
