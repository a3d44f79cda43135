namespace MRNet.Imaging.Files;

/// <summary>
/// Files that appear together or not at all: they are written into a hidden folder inside their place, and moved up when
/// all are complete.
/// </summary>
public sealed class StagedFolder : IDisposable
{
    private readonly string place;
    private readonly string? lastThere; // the nearest folder that was there before

    /// <exception cref="ResourceLimitException">The place cannot be written.</exception>
    public StagedFolder(string place)
    {
        this.place = place;
        for (lastThere = System.IO.Path.GetFullPath(place); lastThere is not null && !Directory.Exists(lastThere);)
            lastThere = System.IO.Path.GetDirectoryName(lastThere);
        Path = System.IO.Path.Combine(place, "." + System.IO.Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ResourceLimitException($"The output folder {place} cannot be written ({error.Message}); choose another.", error);
        }
    }

    /// <summary>Looks before long work whether files may be written there; leaves nothing.</summary>
    /// <exception cref="ResourceLimitException">They may not.</exception>
    public static void CheckWritable(string place) => new StagedFolder(place).Dispose();

    /// <summary>Where to write.</summary>
    public string Path { get; }

    /// <summary>Gives the files their place, replacing what has their names; a folder must be new there.</summary>
    public void Commit()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path))
            Directory.Move(folder, System.IO.Path.Combine(place, System.IO.Path.GetFileName(folder)));
        foreach (var file in Directory.EnumerateFiles(Path))
            File.Move(file, System.IO.Path.Combine(place, System.IO.Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Without <see cref="Commit"/> nothing is left, not even a folder that was not there before.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
        for (var folder = System.IO.Path.GetFullPath(place); folder is not null && folder != lastThere && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any();)
        {
            Directory.Delete(folder);
            folder = System.IO.Path.GetDirectoryName(folder);
        }
    }
}
