using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.DicomWeb;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Archives;

/// <summary>The files of a series that a client named: of the server's own viewer, or fetched from a DICOMweb archive.</summary>
internal sealed class SeriesFetch
{
    private readonly ArchiveList archives;
    private readonly DataFolder data;
    private readonly IFileSystem files;
    private readonly UploadLimits limits;
    private readonly ImageIndex? index;

    /// <param name="index">Of the server's own viewer; null: there is none.</param>
    public SeriesFetch(ArchiveList archives, DataFolder data, IFileSystem files, UploadLimits limits, ImageIndex? index)
    {
        (this.archives, this.data, this.files, this.limits, this.index) = (archives, data, files, limits, index);
        files.DeleteFolder(data.Fetched); // what a killed server was fetching
    }

    /// <summary>Names that a source may have.</summary>
    public IEnumerable<string> Names => archives.All.Where(archive => archive.IsWeb).Select(archive => archive.Name).Order(StringComparer.Ordinal).Concat(index is null ? [] : [ArchiveList.Viewer]);

    /// <summary>Looks at all that can be known without asking anybody.</summary>
    /// <exception cref="InvalidImageException">No such name, or a UID is missing.</exception>
    public void Check(Dicomweb source)
    {
        if (!Names.Contains(source.Pacs))
            throw new InvalidImageException($"source.dicomweb.pacs names none of this server; expected {(Names.Any() ? string.Join(", ", Names) : "none: its administrator has named no DICOMweb archive")}.");
        if (source.StudyUid.Length == 0 || source.SeriesUid.Length == 0)
            throw new InvalidImageException("source.dicomweb has no study_uid or no series_uid; expected both.");
    }

    /// <summary>Has the files read while they are there.</summary>
    /// <param name="name">Of a folder for what is fetched; removed before this returns.</param>
    /// <exception cref="NotHereException">There is no such series.</exception>
    /// <exception cref="ResourceLimitException">It is larger than an upload may be.</exception>
    /// <exception cref="PeerException">The archive is away or refuses.</exception>
    public T Read<T>(Dicomweb source, string name, Func<IReadOnlyList<string>, T> read, CancellationToken cancellation)
    {
        Check(source);
        if (source.Pacs == ArchiveList.Viewer)
            return read(Own(source));

        var folder = Path.Combine(data.Fetched, name);
        try
        {
            files.DeleteFolder(folder);
            files.MakeFolder(folder);
            FetchAsync(source, folder, cancellation).GetAwaiter().GetResult(); // a job is plain synchronous work on a thread of its own
            return read(files.Files(folder));
        }
        finally
        {
            files.DeleteFolder(folder);
        }
    }

    private string[] Own(Dicomweb source)
    {
        string[] paths = [.. index!.Find(source.StudyUid, source.SeriesUid).Where(instance => IsWanted(source, instance.Sop)).Select(instance => instance.Path)];
        return paths.Length > 0 ? paths : throw Absent(source);
    }

    private async Task FetchAsync(Dicomweb source, string folder, CancellationToken cancellation)
    {
        try
        {
            using var web = archives.Find(source.Pacs).Web();
            var found = await web.SearchInstancesAsync(source.StudyUid, source.SeriesUid, [], cancellation)
                .Select(instance => instance.GetStringOrEmpty(DicomTag.SOPInstanceUID)).Where(uid => IsWanted(source, uid)).Take(limits.MaxFiles + 1).ToListAsync(cancellation);
            if (found.Count == 0)
                throw Absent(source);
            if (found.Count > limits.MaxFiles)
                throw new ResourceLimitException($"The series has more than {limits.MaxFiles} instances; expected {limits.MaxFiles} at most.");
            await RetrieveAsync(web, source, new BoundedSink(folder, limits.MaxBytes), cancellation);
            var came = files.Files(folder).Count;
            if (came < found.Count)
                throw new PeerException($"{source.Pacs} has {found.Count} instances of the series and sent {came}; try again.");
        }
        catch (DicomNetworkException error)
        {
            throw new PeerException($"{source.Pacs}: {error.Message}", error);
        }
    }

    private static async Task RetrieveAsync(DicomWebClient web, Dicomweb source, BoundedSink sink, CancellationToken cancellation)
    {
        if (source.SopUids.Count == 0)
            await web.RetrieveAsync(source.StudyUid, source.SeriesUid, null, sink, cancellation);
        foreach (var uid in source.SopUids.Distinct())
            await web.RetrieveAsync(source.StudyUid, source.SeriesUid, uid, sink, cancellation);
    }

    private static bool IsWanted(Dicomweb source, string sop) => source.SopUids.Count == 0 || source.SopUids.Contains(sop);

    private static NotHereException Absent(Dicomweb source) => new($"source.dicomweb names no instances that {source.Pacs} has; expected a series of its: look whether it has arrived there.");

    /// <summary>Keeps objects as <c>SOPInstanceUID.dcm</c>, up to a number of bytes.</summary>
    private sealed class BoundedSink(string folder, long most) : IObjectSink
    {
        private readonly FolderSink inner = new(folder);
        private long bytes;

        public string TemporaryFolder => folder;

        public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation)
        {
            bytes += item.Length;
            if (bytes > most)
                throw new ResourceLimitException($"The series has more than {most} bytes; expected {most} at most.");
            return inner.TakeAsync(item, cancellation);
        }
    }
}
