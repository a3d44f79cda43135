using Microsoft.Data.Sqlite;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Verification;

/// <summary>A job as the check needs it.</summary>
internal sealed record JobRow(string Id, JobStatus Status, string UploadId);

/// <summary>The job store, opened for reading only: whether SQLite finds it whole, and whether each row is in a state that can be.</summary>
internal sealed class JobRows(string path, bool inUse)
{
    /// <summary>What a row cannot be: how it is said, and how it is found.</summary>
    private static readonly (string Fault, string Where)[] Impossible =
    [
        ("has a status that is none of the five", "status NOT BETWEEN 0 AND 4"),
        ("waits or runs and has the time of an end", "status < 2 AND (ended IS NOT NULL OR expires IS NOT NULL)"),
        ("has ended and has no time of its end", "status >= 2 AND (ended IS NULL OR expires IS NULL)"),
        ("runs or is done and was never begun", "status IN (1, 2) AND (started IS NULL OR attempt < 1)"),
        ("failed and has no reason", "status = 3 AND (code IS NULL OR reason IS NULL OR message IS NULL)"),
        ("has a reason of failure and did not fail", "status <> 3 AND code IS NOT NULL"),
        ("was begun fewer than no times", "attempt < 0"),
        ("has no request", "length(request) = 0"),
    ];

    /// <returns>By id; null where the store cannot be read.</returns>
    public Dictionary<string, JobRow>? Read(List<Finding> findings)
    {
        try
        {
            using var database = new ReadOnlyDatabase(path, inUse);
            findings.AddRange(database.Damage().Select(line => new Finding("jobs.db", $"is damaged: {line}")));
            foreach (var (fault, where) in Impossible)
                findings.AddRange(database.Rows($"SELECT id FROM jobs WHERE {where}", row => row.GetString(0)).Select(id => new Finding("jobs.db", $"job {id} {fault}")));
            var jobs = database.Rows("SELECT id, status, upload_id FROM jobs", row => new JobRow(row.GetString(0), (JobStatus)row.GetInt32(1), row.GetString(2))).ToList();
            findings.AddRange(jobs.Where(job => !IsName(job.Id)).Select(_ => new Finding("jobs.db", "has a job whose id is no UUID")));
            return jobs.Where(job => IsName(job.Id)).ToDictionary(job => job.Id);
        }
        catch (SqliteException error)
        {
            findings.Add(new("jobs.db", $"cannot be read: {error.Message}"));
            return null;
        }
    }

    private static bool IsName(string id) => Guid.TryParseExact(id, "D", out _);
}
