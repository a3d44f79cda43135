using Microsoft.Data.Sqlite;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Exports;

/// <summary>What is to go to which archive, one row for each instance, in a SQLite file beside the jobs: a restart keeps it.</summary>
public sealed class ExportStore : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS exports (
            job_id TEXT NOT NULL, pacs TEXT NOT NULL, sop_uid TEXT NOT NULL, file TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL, asked INTEGER NOT NULL,
            reason TEXT NOT NULL, PRIMARY KEY (job_id, pacs, sop_uid));
        CREATE INDEX IF NOT EXISTS exports_by_state ON exports (state, pacs);
        CREATE TABLE IF NOT EXISTS wants (job_id TEXT NOT NULL, pacs TEXT NOT NULL, PRIMARY KEY (job_id, pacs));
        """;

    private const string Columns = "job_id, pacs, sop_uid, file, state, attempts, asked, reason";

    private readonly SqliteFile database;
    private long sent;
    private long retries;

    /// <exception cref="ResourceLimitException">The file is a newer version's or damaged.</exception>
    public ExportStore(string path) => database = new(path, version: 1, Schema);

    /// <summary>Instances that archives took, since the start.</summary>
    public long SentCount => Interlocked.Read(ref sent);

    /// <summary>Tries that failed for a while, since the start.</summary>
    public long RetryCount => Interlocked.Read(ref retries);

    public void Dispose() => database.Dispose();

    /// <summary>Instances to be sent, all or none. One that is sent or waits stays as it is; a parked one waits again.</summary>
    public void Add(IReadOnlyCollection<StoredExport> instances) => database.Together(() =>
    {
        foreach (var one in instances)
            database.Change($"""
                INSERT INTO exports ({Columns}) VALUES ($job, $pacs, $sop, $file, 0, 0, $asked, '')
                ON CONFLICT DO UPDATE SET state = 0, attempts = 0, asked = $asked, reason = '' WHERE state = 2
                """,
                ("$job", one.JobId), ("$pacs", one.Pacs), ("$sop", one.SopUid), ("$file", one.File), ("$asked", one.Asked.UtcTicks));
    });

    /// <summary>What waits for an archive, the oldest first.</summary>
    public IReadOnlyList<StoredExport> Pending(string pacs) => Query("WHERE state = 0 AND pacs = $pacs ORDER BY asked, job_id, file", ("$pacs", pacs));

    /// <summary>All of a job, in the order of archives and files.</summary>
    public IReadOnlyList<StoredExport> Of(string jobId) => Query("WHERE job_id = $job ORDER BY pacs, file", ("$job", jobId));

    /// <summary>True while something of a job has still to be sent: its result must stay.</summary>
    public bool IsOpen(string jobId) => database.Query(
        "SELECT 1 FROM exports WHERE job_id = $job AND state = 0 UNION SELECT 1 FROM wants WHERE job_id = $job", row => true, ("$job", jobId)).Count > 0;

    /// <summary>A job's objects are to go to these archives when it is done.</summary>
    public void Want(string jobId, IEnumerable<string> archives) => database.Together(() =>
    {
        foreach (var pacs in archives)
            database.Change("INSERT INTO wants (job_id, pacs) VALUES ($job, $pacs) ON CONFLICT DO NOTHING", ("$job", jobId), ("$pacs", pacs));
    });

    /// <summary>Jobs whose objects are to be sent when they are done, and where to.</summary>
    public ILookup<string, string> Wants() => database.Query("SELECT job_id, pacs FROM wants", row => (row.GetString(0), row.GetString(1))).ToLookup(one => one.Item1, one => one.Item2);

    /// <summary>The objects of a job wait in the store now, or there will be none.</summary>
    public void Forget(string jobId) => database.Change("DELETE FROM wants WHERE job_id = $job", ("$job", jobId));

    public int Count(ExportState state) => database.Query("SELECT count(*) FROM exports WHERE state = $state", row => row.GetInt32(0), ("$state", (int)state)).Single();

    /// <summary>Tried without success, to be tried again.</summary>
    public void Tried(StoredExport one, string reason)
    {
        Change(one, "attempts = attempts + 1, reason = $reason", reason);
        Interlocked.Increment(ref retries);
    }

    /// <summary>The archive said that it has it.</summary>
    public void Sent(StoredExport one)
    {
        Change(one, $"state = {(int)ExportState.Sent}, reason = $reason", "");
        Interlocked.Increment(ref sent);
    }

    /// <summary>Not to be tried again by itself.</summary>
    public void Park(StoredExport one, string reason) => Change(one, $"state = {(int)ExportState.Parked}, reason = $reason", reason);

    /// <summary>The job is gone.</summary>
    public void Remove(string jobId) => database.Change("DELETE FROM exports WHERE job_id = $job", ("$job", jobId));

    private void Change(StoredExport one, string set, string reason) => database.Change(
        $"UPDATE exports SET {set} WHERE job_id = $job AND pacs = $pacs AND sop_uid = $sop", ("$reason", reason), ("$job", one.JobId), ("$pacs", one.Pacs), ("$sop", one.SopUid));

    private List<StoredExport> Query(string where, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        database.Query($"SELECT {Columns} FROM exports {where}", Read, parameters);

    private static StoredExport Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), (ExportState)row.GetInt32(4), row.GetInt32(5), new(row.GetInt64(6), TimeSpan.Zero), row.GetString(7));
}
