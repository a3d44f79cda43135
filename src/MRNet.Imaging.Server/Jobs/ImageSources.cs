using MRNet.Imaging.Dicom;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>Where the images of a job are, and how they are read.</summary>
/// <param name="roots">Folders that clients may name, by the names they use.</param>
internal sealed class ImageSources(UploadStore uploads, SeriesFetch archives, IReadOnlyDictionary<string, string> roots)
{
    /// <summary>Names of the folders that clients may name.</summary>
    public IEnumerable<string> Roots => roots.Keys;

    public LoadedImage Read(StoredJob job, SegmentRequest request, IProgress<float> progress, CancellationToken cancellation)
    {
        return request.Source.FromCase switch
        {
            Source.FromOneofCase.Dicomweb => archives.Read(request.Source.Dicomweb, job.Id, Read, cancellation),
            Source.FromOneofCase.Folder => Read([InRoot(request.Source.Folder)]),
            _ => Read(OfUpload(job)),
        };

        LoadedImage Read(IReadOnlyList<string> paths) => ImageInput.Read(paths, Options(request.Options?.Reading ?? new()), progress, cancellation);
    }

    /// <summary>A path inside a shared folder, links followed: nothing outside it is ever read.</summary>
    /// <exception cref="InvalidImageException">Unknown root, a way out of it, or nothing there.</exception>
    public string InRoot(ServerFolder folder)
    {
        if (!roots.TryGetValue(folder.Root, out var root))
            throw new InvalidImageException($"folder.root names no shared folder; expected {(roots.Count == 0 ? "none: this server shares none" : string.Join(", ", roots.Keys))}.");

        var place = RealPath(root);
        var path = RealPath(Path.Combine(root, folder.Path));
        if (Path.IsPathRooted(folder.Path) || (path != place && !path.StartsWith(place + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            throw new InvalidImageException("folder.path leads out of the shared folder; expected a relative path without '..'.");
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new InvalidImageException("folder.path names nothing in the shared folder; expected a file or folder that is there.");
        return path;
    }

    private string[] OfUpload(StoredJob job) => uploads.Use(job.UploadId, job.Owner) is { } upload
        ? [.. uploads.Paths(upload)]
        : throw new InvalidImageException("The uploaded images are gone; send them again.");

    private static ImageInputOptions Options(Reading reading) => new()
    {
        Modality = reading.Modality,
        VolumeIndex = reading.Volume == 0 ? null : (int)reading.Volume - 1,
        Series = new SeriesReadOptions
        {
            SeriesUid = reading.SeriesUid.Length == 0 ? null : reading.SeriesUid,
            Gaps = reading.ResampleGaps ? GapHandling.Resample : GapHandling.Refuse,
            StackId = reading.Stack == 0 ? null : (int)reading.Stack,
            Tolerant = reading.Tolerant,
        },
    };

    /// <summary>The path with every link on the way followed.</summary>
    private static string RealPath(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
            return full;
        var here = Path.Combine(RealPath(parent), Path.GetFileName(full));
        FileSystemInfo info = Directory.Exists(here) ? new DirectoryInfo(here) : new FileInfo(here);
        return info.LinkTarget is null ? here : RealPath(info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? here);
    }
}
