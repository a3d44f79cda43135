using System.Collections.Concurrent;
using MRNet.Dicom;
using MRNet.Imaging.Server.Viewer;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>What DICOM files lie in the viewer's folders: read in the background, and looked through again for changes.</summary>
internal sealed partial class ImageIndex(ViewerOptions options, StoredObjects stored, ILogger<ImageIndex> log) : BackgroundService
{
    private readonly ConcurrentDictionary<string, (long Bytes, DateTime Written, IndexedInstance? Instance)> files = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim looking = new(1);

    public IEnumerable<IndexedInstance> Instances => files.Values.Select(file => file.Instance).OfType<IndexedInstance>();

    public IEnumerable<IndexedInstance> Find(string study, string? series = null, string? sop = null) => Instances.Where(instance =>
        instance.Study == study && (series is null || instance.Series == series) && (sop is null || instance.Sop == sop));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        do
            await LookAsync(stoppingToken).ConfigureAwait(false);
        while (await Task.Delay(options.Refresh, stoppingToken).ContinueWith(wait => wait.IsCompletedSuccessfully, TaskScheduler.Default).ConfigureAwait(false));
    }

    /// <summary>Takes in new and changed files, forgets those that are gone.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await looking.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await Task.Run(() => Look(cancellation), cancellation).ConfigureAwait(false);
        }
        finally
        {
            looking.Release();
        }
    }

    private void Look(CancellationToken cancellation)
    {
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in options.Data.Append(stored.Folder).SelectMany(Files))
        {
            cancellation.ThrowIfCancellationRequested();
            present.Add(file.FullName);
            if (!files.TryGetValue(file.FullName, out var known) || known.Bytes != file.Length || known.Written != file.LastWriteTimeUtc)
                files[file.FullName] = (file.Length, file.LastWriteTimeUtc, Read(file));
        }

        foreach (var gone in files.Keys.Where(path => !present.Contains(path)))
            files.TryRemove(gone, out _);
    }

    private IndexedInstance? Read(FileInfo file)
    {
        try
        {
            return IndexedInstance.Read(file.FullName, file.Length, file.LastWriteTimeUtc);
        }
        catch (Exception error) when (error is DicomException or IOException or UnauthorizedAccessException)
        {
            Unreadable(log, error.GetType().Name);
            return null;
        }
    }

    /// <summary>Files below a folder; links are not followed, so that nothing outside it is ever served.</summary>
    private static IEnumerable<FileInfo> Files(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
        : [];

    [LoggerMessage(Level = LogLevel.Warning, Message = "A file of the viewer's folders cannot be read and is left out ({Kind}).")]
    private static partial void Unreadable(ILogger log, string kind);
}
