using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Receiving;

/// <summary>
/// Objects that senders push, on the disk before they are acknowledged: a folder for each series and sender. A series that is
/// complete gets another name by one rename; what comes later is a series of its own.
/// </summary>
internal sealed class Spool : IObjectSink
{
    private const string About = "about.json";
    private const string Complete = ".complete";

    private readonly DataFolder data;
    private readonly IFileSystem files;
    private readonly UploadLimits limits;
    private readonly Routes routes;
    private readonly TimeProvider time;
    private readonly Dictionary<string, OpenSeries> open = [];
    private readonly Lock gate = new();

    /// <summary>Takes up what the last run of the server left.</summary>
    public Spool(DataFolder data, IFileSystem files, UploadLimits limits, Routes routes, TimeProvider time)
    {
        (this.data, this.files, this.limits, this.routes, this.time) = (data, files, limits, routes, time);
        files.MakeFolder(data.Received);
        foreach (var leftover in files.Files(data.Received))
            files.Delete(leftover); // an object that was not acknowledged
        foreach (var folder in files.Folders(data.Received).Where(folder => Path.GetExtension(folder) != Complete))
            if (Read(folder) is { } series)
                open[Path.GetFileName(folder)] = new(folder, series, time.GetTimestamp()) { Files = ImagesOf(folder).Count, Bytes = ImagesOf(folder).Sum(files.Length) };
            else
                files.DeleteFolder(folder); // nothing of it was acknowledged
    }

    public string TemporaryFolder => data.Received;

    /// <summary>Folders of complete series, the oldest first.</summary>
    public IReadOnlyList<string> CompleteSeries => [.. files.Folders(data.Received).Where(folder => Path.GetExtension(folder) == Complete).OrderBy(folder => Read(folder)?.Begun)];

    public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation)
    {
        using var _ = gate.EnterScope();
        return ValueTask.FromResult(Take(item));
    }

    /// <summary>A sender that ends properly has sent all of its series, where the rule says so.</summary>
    public ValueTask EndedAsync(DicomCaller caller, bool isReleased)
    {
        using var _ = gate.EnterScope();
        foreach (var series in open.Values.Where(series => series.Senders.Remove(caller.Association)).ToList())
            if (isReleased && series.Senders.Count == 0 && routes.For(series.Info) is { CompleteOnRelease: true })
                Close(series);
        return ValueTask.CompletedTask;
    }

    /// <summary>Completes what has been quiet for long enough.</summary>
    public void CloseQuiet()
    {
        using var _ = gate.EnterScope();
        foreach (var series in open.Values.Where(series => series.Senders.Count == 0 && time.GetElapsedTime(series.Heard).TotalSeconds >= routes.QuietSeconds).ToList())
            Close(series);
    }

    public void Remove(string folder) => files.DeleteFolder(folder);

    /// <summary>The images of a series, in the order of their names.</summary>
    public IReadOnlyList<string> ImagesOf(string folder) => [.. files.Files(folder).Where(path => Path.GetExtension(path) == ".dcm").Order(StringComparer.Ordinal)];

    /// <returns>Null when it was not yet written.</returns>
    public SeriesInfo? Read(string folder)
    {
        var path = Path.Combine(folder, About);
        return files.FileExists(path) ? JsonSerializer.Deserialize<SeriesInfo>(files.ReadWhole(path)) : null;
    }

    private DicomStatus Take(IncomingObject item)
    {
        if (files.FreeBytes(data.Received) < limits.KeepFree)
            return DicomStatus.OutOfResources with { Comment = "the disk is full" };
        if (Header(item) is not { } header)
            return DicomStatus.CannotUnderstand with { Comment = "no DICOM object with a Series Instance UID" };
        var name = NameOf(header.GetStringOrEmpty(DicomTag.SeriesInstanceUID), item.From);
        if (!open.TryGetValue(name, out var series))
            open[name] = series = Begin(name, header, item.From);
        if (series.Files >= limits.MaxFiles || series.Bytes + item.Length > limits.MaxBytes)
            return DicomStatus.OutOfResources with { Comment = "the series is larger than this node takes" };

        files.Move(item.Path, Path.Combine(series.Folder, item.SopInstance + ".dcm"));
        files.SyncFolder(series.Folder);
        (series.Files, series.Bytes, series.Heard) = (series.Files + 1, series.Bytes + item.Length, time.GetTimestamp());
        series.Senders.Add(item.From.Association);
        return DicomStatus.Success;
    }

    private OpenSeries Begin(string name, DicomDataset header, DicomCaller from)
    {
        var folder = Path.Combine(data.Received, name);
        var info = new SeriesInfo(
            header.GetStringOrEmpty(DicomTag.Modality), header.GetStringOrEmpty(DicomTag.SeriesDescription), header.GetStringOrEmpty(DicomTag.BodyPartExamined),
            from.CallingAe, from.CalledAe, from.Address, time.GetUtcNow());
        files.MakeFolder(folder);
        files.WriteWhole(Path.Combine(folder, About), JsonSerializer.SerializeToUtf8Bytes(info));
        files.SyncFolder(data.Received);
        return new(folder, info, time.GetTimestamp());
    }

    private void Close(OpenSeries series)
    {
        for (var n = 1; ; n++)
        {
            var complete = $"{series.Folder}.{n}{Complete}";
            if (files.FolderExists(complete))
                continue;
            files.MoveFolder(series.Folder, complete);
            files.SyncFolder(data.Received);
            open.Remove(Path.GetFileName(series.Folder));
            return;
        }
    }

    /// <returns>Null for what cannot be of a series.</returns>
    private static DicomDataset? Header(IncomingObject item)
    {
        try
        {
            var dataset = DicomFile.Open(item.Path, new DicomReadOptions { StopBefore = DicomTag.PixelData }).Dataset;
            return DicomUID.IsValid(dataset.GetStringOrEmpty(DicomTag.SeriesInstanceUID)) && dataset.GetStringOrEmpty(DicomTag.SOPInstanceUID) == item.SopInstance ? dataset : null;
        }
        catch (DicomException)
        {
            return null;
        }
    }

    /// <summary>A name of our own for a series of a sender.</summary>
    private static string NameOf(string series, DicomCaller from) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{series}\n{from.CallingAe}\n{from.CalledAe}")))[..32];

    /// <summary>A series that is arriving.</summary>
    private sealed class OpenSeries(string folder, SeriesInfo info, long heard)
    {
        public string Folder => folder;

        public SeriesInfo Info => info;

        /// <summary>When the last image came, on the monotonic clock.</summary>
        public long Heard { get; set; } = heard;

        public int Files { get; set; }

        public long Bytes { get; set; }

        /// <summary>Associations that sent some of it and are open.</summary>
        public HashSet<long> Senders { get; } = [];
    }
}
