using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Verification;

/// <summary>
/// Looks through a server's data folder: the job store, every job's result and images with their hashes, what belongs to
/// nothing. It only reads, also beside a running server.
/// </summary>
public sealed class StoreCheck(string root, IFileSystem files)
{
    private const string SetAside = "set-aside";

    private readonly string root = Path.GetFullPath(root);

    /// <exception cref="InvalidImageException">There is no such folder, or it is none of a server.</exception>
    public StoreReport Run(CancellationToken cancellation)
    {
        if (!files.FileExists(DataFolder.DatabaseOf(root)))
            throw new InvalidImageException($"{root} has no jobs.db; expected the folder (--store) of 'mrnet serve'.");

        var inUse = DataFolder.IsHeld(root);
        var report = Look(inUse, cancellation);
        if (!inUse || report.Findings.Count == 0)
            return report;

        // A running server changes things between two glances; what stays is so.
        var before = report.Findings.ToHashSet();
        report = Look(inUse, cancellation);
        return report with { Findings = [.. report.Findings.Where(before.Contains)] };
    }

    /// <summary>Moves what belongs to nothing into a folder of its own; nothing is deleted.</summary>
    /// <returns>That folder, relative to the data folder.</returns>
    /// <exception cref="ResourceLimitException">A server has the folder.</exception>
    public string Repair(StoreReport report, DateTimeOffset now)
    {
        using var held = new DataFolder(root, files);
        var place = Path.Combine(SetAside, now.ToString("yyyyMMdd-HHmmss", System.Globalization.CultureInfo.InvariantCulture));
        foreach (var stray in report.Findings.Where(finding => finding.IsStray))
            Move(stray.Place, Path.Combine(root, place, stray.Place));
        return place;
    }

    private StoreReport Look(bool inUse, CancellationToken cancellation)
    {
        // Folders before rows: a row is there before its folder is.
        var (results, uploads) = (files.Folders(DataFolder.ResultsOf(root)), files.Folders(DataFolder.UploadsOf(root)));
        var findings = new List<Finding>();
        var jobs = new JobRows(DataFolder.DatabaseOf(root), inUse).Read(findings);
        var stored = new UploadCheck(root, files, inUse);
        var kept = new ResultCheck(root, files, inUse);
        findings.AddRange(stored.Look(uploads, jobs ?? [], cancellation));
        if (jobs is not null) // else every result would seem to have no job
            findings.AddRange([.. kept.Look(results, jobs, cancellation), .. new ExportRows(root, files, inUse).Look(jobs)]);
        findings.AddRange(Strays(inUse));
        return new(inUse, jobs?.Count ?? 0, results.Count, uploads.Count, stored.Bytes + kept.Bytes, findings);
    }

    /// <summary>Files in the wrong place: half ones, and in the two folders any at all.</summary>
    private IEnumerable<Finding> Strays(bool inUse) =>
        files.Files(root).Where(file => !inUse && Path.GetExtension(file) == ".part").Select(file => (File: file, Fault: "is half a file; expected none after the server ended"))
            .Concat(files.Files(DataFolder.ResultsOf(root)).Concat(files.Files(DataFolder.UploadsOf(root))).Select(file => (File: file, Fault: "is a file; expected folders only")))
            .Select(stray => new Finding(Path.GetRelativePath(root, stray.File), stray.Fault, IsStray: true));

    private void Move(string place, string to)
    {
        var from = Path.Combine(root, place);
        files.MakeFolder(Path.GetDirectoryName(to)!);
        if (files.FolderExists(from))
            files.MoveFolder(from, to);
        else
            files.Move(from, to);
    }
}
