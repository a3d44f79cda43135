namespace MRNet.Imaging.Cli.Files;

/// <summary>
/// Files that appear together or not at all: they are written into a hidden folder inside their place, and moved up when
/// all are complete.
/// </summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly string place;
    private readonly bool isNew;

    /// <exception cref="ResourceLimitException">The place cannot be written.</exception>
    public StagedFolder(string place)
    {
        this.place = place;
        isNew = !Directory.Exists(place);
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

    /// <summary>Where to write.</summary>
    public string Path { get; }

    /// <summary>Gives the files their place, replacing what has their names.</summary>
    public void Commit()
    {
        foreach (var file in Directory.EnumerateFiles(Path))
            File.Move(file, System.IO.Path.Combine(place, System.IO.Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Without <see cref="Commit"/> nothing is left, not even a folder that was not there before.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
        if (isNew && Directory.Exists(place) && !Directory.EnumerateFileSystemEntries(place).Any())
            Directory.Delete(place);
    }
}
