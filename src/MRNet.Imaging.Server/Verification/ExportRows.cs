using Microsoft.Data.Sqlite;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Verification;

/// <summary>What is on its way to archives: whether SQLite finds the list whole, and whether what is still to be sent is there.</summary>
internal sealed class ExportRows(string root, IFileSystem files, bool inUse)
{
    private const string Name = "exports.db";

    public IReadOnlyList<Finding> Look(Dictionary<string, JobRow> jobs)
    {
        if (!files.FileExists(Path.Combine(root, Name)))
            return []; // a server before exports
        try
        {
            using var database = new ReadOnlyDatabase(Path.Combine(root, Name), inUse);
            return
            [
                .. database.Damage().Select(line => new Finding(Name, $"is damaged: {line}")),
                .. database.Rows("SELECT job_id FROM exports WHERE state NOT BETWEEN 0 AND 2", row => row.GetString(0)).Select(job => new Finding(Name, $"an object of job {job} is in a state that is none of the three")),
                .. database.Rows("SELECT job_id, file FROM exports WHERE state = 0", row => (Job: row.GetString(0), File: row.GetString(1)))
                    .Where(one => !IsThere(one.Job, one.File, jobs)).Select(one => new Finding(Name, $"an object of job {one.Job} is still to be sent, and is gone")),
            ];
        }
        catch (SqliteException error)
        {
            return [new(Name, $"cannot be read: {error.Message}")];
        }
    }

    private bool IsThere(string job, string file, Dictionary<string, JobRow> jobs) =>
        jobs.GetValueOrDefault(job)?.Status == JobStatus.Done && files.FileExists(Path.Combine(DataFolder.ResultsOf(root), job, Path.GetFileName(file)));
}
