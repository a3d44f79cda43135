namespace MRNet.Imaging.Files;

/// <summary>
/// A result's files on their way. Maps are written while they are computed, each by a thread of its own that waits for the
/// next slice; what needs the whole result (masks, pictures, numbers) follows. All files appear together, or none.
/// </summary>
public sealed class ResultWriting : IDisposable
{
    private readonly ResultFiles files;
    private readonly LoadedImage image;
    private readonly StagedFolder staged;
    private readonly List<(string Name, Task Work)> begun = [];
    private RaterMaps? maps;

    /// <exception cref="ResourceLimitException">The folder cannot be written.</exception>
    internal ResultWriting(ResultFiles files, LoadedImage image) => (this.files, this.image, staged) = (files, image, new StagedFolder(files.Folder));

    /// <summary>Begins with the maps.</summary>
    /// <param name="growing">Its maps are still being computed (<see cref="RaterMaps.Arrivals"/>); no masks and measurements yet.</param>
    public void Begin(SegmentationResult growing)
    {
        maps = growing.Maps;
        foreach (var file in files.Written(image, growing.Structures).Where(file => file.IsMap))
            begun.Add((file.Name, Task.Factory.StartNew(() => Write(file, growing), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    /// <summary>Writes the rest, and gives all files their names.</summary>
    /// <returns>The names.</returns>
    /// <exception cref="ResourceLimitException">The disk is full or went away.</exception>
    public IReadOnlyList<string> Finish(SegmentationResult result, CancellationToken cancellation)
    {
        try
        {
            var all = files.Written(image, result.Structures);
            SideBySide.Run(all.Where(file => begun.TrueForAll(other => other.Name != file.Name)), file => Write(file, result), cancellation);
            foreach (var (_, work) in begun)
                work.GetAwaiter().GetResult();
            cancellation.ThrowIfCancellationRequested();
            staged.Commit();
            files.DeleteUnwritten(result.Structures);
            return [.. all.Select(file => file.Name)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ResourceLimitException($"The results could not be written to {files.Folder}: {error.Message}", error);
        }
    }

    /// <summary>Without <see cref="Finish"/> nothing is left.</summary>
    public void Dispose()
    {
        maps?.Arrivals?.Close();
        foreach (var (_, work) in begun)
            work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult(); // what failed is told by Finish
        staged.Dispose();
    }

    private void Write(ResultFile file, SegmentationResult result) => file.Write(image, result, Path.Combine(staged.Path, file.Name));
}
