using Microsoft.Data.Sqlite;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>
/// The jobs of this server in one SQLite file. A row that is committed is on the disk (write-ahead log, synchronous FULL):
/// that is what "accepted" means. One writer at a time.
/// </summary>
public sealed class JobStore : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS jobs (
            id TEXT PRIMARY KEY, owner TEXT NOT NULL, key TEXT NOT NULL, content_hash TEXT NOT NULL, model_id TEXT NOT NULL, request BLOB NOT NULL,
            upload_id TEXT NOT NULL, status INTEGER NOT NULL, attempt INTEGER NOT NULL, created INTEGER NOT NULL, started INTEGER, ended INTEGER,
            expires INTEGER, code INTEGER, reason TEXT, message TEXT);
        CREATE UNIQUE INDEX IF NOT EXISTS jobs_by_key ON jobs (owner, key);
        CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner, created);
        CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, created);
        """;

    private const string Columns = "id, owner, key, content_hash, model_id, request, upload_id, status, attempt, created, started, ended, expires, code, reason, message";

    private readonly SqliteFile database;

    /// <exception cref="ResourceLimitException">The file is another version's or damaged.</exception>
    public JobStore(string path) => database = new(path, version: 1, Schema);

    public void Dispose() => database.Dispose();

    /// <summary>Stores a job unless its owner has one under the same key.</summary>
    /// <returns>The stored job: this one, or the one that was there.</returns>
    public StoredJob Add(StoredJob job)
    {
        var stored = job;
        database.Together(() =>
        {
            database.Change($"""
                INSERT INTO jobs ({Columns}) VALUES ($id, $owner, $key, $hash, $model, $request, $upload, $status, $attempt, $created, NULL, NULL, NULL, NULL, NULL, NULL)
                ON CONFLICT (owner, key) DO NOTHING
                """,
                ("$id", job.Id), ("$owner", job.Owner), ("$key", job.Key), ("$hash", job.ContentHash), ("$model", job.ModelId), ("$request", job.Request),
                ("$upload", job.UploadId), ("$status", (int)job.Status), ("$attempt", job.Attempt), ("$created", Ticks(job.Created)));
            stored = FindByKey(job.Owner, job.Key)!;
        });
        return stored;
    }

    /// <returns>Null when there is none.</returns>
    public StoredJob? Find(string id) => Query("WHERE id = $id", ("$id", id)).SingleOrDefault();

    /// <returns>Null when the caller has no job under the key.</returns>
    public StoredJob? FindByKey(string owner, string key) => Query("WHERE owner = $owner AND key = $key", ("$owner", owner), ("$key", key)).SingleOrDefault();

    /// <summary>Jobs of a caller, the newest first.</summary>
    /// <param name="owner">Null for everybody's.</param>
    /// <param name="statuses">None: all.</param>
    /// <param name="skip">How many newer ones to leave out.</param>
    public IReadOnlyList<StoredJob> List(string? owner, IReadOnlyCollection<JobStatus> statuses, int skip, int take)
    {
        var among = statuses.Count == 0 ? "" : $"AND status IN ({string.Join(',', statuses.Select(status => (int)status))})";
        return Query($"WHERE ($owner IS NULL OR owner = $owner) {among} ORDER BY created DESC, id LIMIT $take OFFSET $skip", ("$owner", owner), ("$take", take), ("$skip", skip));
    }

    /// <summary>All jobs in a state, the oldest first.</summary>
    public IReadOnlyList<StoredJob> In(params JobStatus[] statuses) =>
        Query($"WHERE status IN ({string.Join(',', statuses.Select(status => (int)status))}) ORDER BY created, id");

    /// <summary>How many jobs are in a state.</summary>
    /// <param name="owner">Null for everybody's.</param>
    public int Count(JobStatus status, string? owner = null) =>
        Number("SELECT COUNT(*) FROM jobs WHERE status = $status AND ($owner IS NULL OR owner = $owner)", ("$status", (int)status), ("$owner", owner));

    /// <summary>How many jobs are in each state that has any.</summary>
    public IReadOnlyDictionary<JobStatus, int> Counts() =>
        database.Query("SELECT status, COUNT(*) FROM jobs GROUP BY status", row => ((JobStatus)row.GetInt32(0), row.GetInt32(1))).ToDictionary();

    /// <summary>How many jobs wait that came before this one.</summary>
    public int CountBefore(StoredJob job) => Number("SELECT COUNT(*) FROM jobs WHERE status = 0 AND created < $created", ("$created", Ticks(job.Created)));

    /// <summary>Queued to running.</summary>
    /// <returns>False when it is no longer queued.</returns>
    public bool Start(string id, DateTimeOffset now) =>
        Change("UPDATE jobs SET status = 1, attempt = attempt + 1, started = $now WHERE id = $id AND status = 0", ("$id", id), ("$now", Ticks(now)));

    /// <summary>Running back to queued: the server was stopped in its middle.</summary>
    public bool Requeue(string id) => Change("UPDATE jobs SET status = 0, started = NULL WHERE id = $id AND status = 1", ("$id", id));

    /// <summary>To a final state; a job ends once.</summary>
    /// <returns>False when it had ended.</returns>
    public bool End(string id, JobStatus status, DateTimeOffset now, DateTimeOffset? expires, JobFailure? failure) => Change(
        "UPDATE jobs SET status = $status, ended = $now, expires = $expires, code = $code, reason = $reason, message = $message WHERE id = $id AND status < 2",
        ("$id", id), ("$status", (int)status), ("$now", Ticks(now)), ("$expires", expires is { } at ? Ticks(at) : null),
        ("$code", failure?.Code), ("$reason", failure?.Reason), ("$message", failure?.Message));

    public void Remove(string id) => Change("DELETE FROM jobs WHERE id = $id", ("$id", id));

    private bool Change(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => database.Change(sql, parameters) > 0;

    private int Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => database.Query(sql, row => row.GetInt32(0), parameters).Single();

    private List<StoredJob> Query(string where, params ReadOnlySpan<(string Name, object? Value)> parameters) => database.Query($"SELECT {Columns} FROM jobs {where}", Read, parameters);

    private static StoredJob Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetFieldValue<byte[]>(5), row.GetString(6),
        (JobStatus)row.GetInt32(7), row.GetInt32(8), At(row.GetInt64(9)), Maybe(row, 10), Maybe(row, 11), Maybe(row, 12),
        row.IsDBNull(13) ? null : new(row.GetInt32(13), row.GetString(14), row.GetString(15)));

    private static DateTimeOffset? Maybe(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : At(row.GetInt64(column));

    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);

    private static long Ticks(DateTimeOffset at) => at.UtcTicks;
}
