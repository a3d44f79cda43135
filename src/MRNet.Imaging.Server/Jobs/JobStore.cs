using Microsoft.Data.Sqlite;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>
/// The jobs of this server in one SQLite file. A row that is committed is on the disk (write-ahead log, synchronous FULL):
/// that is what "accepted" means. One writer at a time.
/// </summary>
public sealed class JobStore : IDisposable
{
    private const int Version = 1;

    private const string Schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS jobs (
            id TEXT PRIMARY KEY, owner TEXT NOT NULL, key TEXT NOT NULL, content_hash TEXT NOT NULL, model_id TEXT NOT NULL, request BLOB NOT NULL,
            upload_id TEXT NOT NULL, status INTEGER NOT NULL, attempt INTEGER NOT NULL, created INTEGER NOT NULL, started INTEGER, ended INTEGER,
            expires INTEGER, code INTEGER, reason TEXT, message TEXT);
        CREATE UNIQUE INDEX IF NOT EXISTS jobs_by_key ON jobs (owner, key);
        CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (owner, created);
        """;

    private const string Columns = "id, owner, key, content_hash, model_id, request, upload_id, status, attempt, created, started, ended, expires, code, reason, message";

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    /// <exception cref="ResourceLimitException">The file is another version's or damaged.</exception>
    public JobStore(string path)
    {
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var found = (long)Command("PRAGMA user_version").ExecuteScalar()!;
            if (found > Version)
                throw new ResourceLimitException($"The job store has version {found}; this server knows {Version}. Use the newer server, or another --store.");
            Run(Schema);
            Run($"PRAGMA user_version = {Version}");
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw new ResourceLimitException($"The job store {path} cannot be opened: {error.Message}", error);
        }
    }

    public void Dispose() => connection.Dispose();

    /// <summary>Stores a job unless its owner has one under the same key.</summary>
    /// <returns>The stored job: this one, or the one that was there.</returns>
    public StoredJob Add(StoredJob job)
    {
        using var _ = gate.EnterScope();
        using var command = Command($"""
            INSERT INTO jobs ({Columns}) VALUES ($id, $owner, $key, $hash, $model, $request, $upload, $status, $attempt, $created, NULL, NULL, NULL, NULL, NULL, NULL)
            ON CONFLICT (owner, key) DO NOTHING
            """,
            ("$id", job.Id), ("$owner", job.Owner), ("$key", job.Key), ("$hash", job.ContentHash), ("$model", job.ModelId), ("$request", job.Request),
            ("$upload", job.UploadId), ("$status", (int)job.Status), ("$attempt", job.Attempt), ("$created", Ticks(job.Created)));
        command.ExecuteNonQuery();
        return Query("WHERE owner = $owner AND key = $key", ("$owner", job.Owner), ("$key", job.Key)).Single();
    }

    /// <returns>Null when there is none.</returns>
    public StoredJob? Find(string id)
    {
        using var _ = gate.EnterScope();
        return Query("WHERE id = $id", ("$id", id)).SingleOrDefault();
    }

    /// <returns>Null when the caller has no job under the key.</returns>
    public StoredJob? FindByKey(string owner, string key)
    {
        using var _ = gate.EnterScope();
        return Query("WHERE owner = $owner AND key = $key", ("$owner", owner), ("$key", key)).SingleOrDefault();
    }

    /// <summary>Jobs of a caller, the newest first.</summary>
    /// <param name="owner">Null for everybody's.</param>
    /// <param name="statuses">None: all.</param>
    /// <param name="skip">How many newer ones to leave out.</param>
    public IReadOnlyList<StoredJob> List(string? owner, IReadOnlyCollection<JobStatus> statuses, int skip, int take)
    {
        using var _ = gate.EnterScope();
        var among = statuses.Count == 0 ? "" : $"AND status IN ({string.Join(',', statuses.Select(status => (int)status))})";
        return Query($"WHERE ($owner IS NULL OR owner = $owner) {among} ORDER BY created DESC, id LIMIT $take OFFSET $skip", ("$owner", owner), ("$take", take), ("$skip", skip));
    }

    /// <summary>All jobs in a state, the oldest first.</summary>
    public IReadOnlyList<StoredJob> In(params JobStatus[] statuses)
    {
        using var _ = gate.EnterScope();
        return Query($"WHERE status IN ({string.Join(',', statuses.Select(status => (int)status))}) ORDER BY created, id");
    }

    /// <summary>How many jobs are in a state.</summary>
    /// <param name="owner">Null for everybody's.</param>
    public int Count(JobStatus status, string? owner = null)
    {
        using var _ = gate.EnterScope();
        using var command = Command("SELECT COUNT(*) FROM jobs WHERE status = $status AND ($owner IS NULL OR owner = $owner)", ("$status", (int)status), ("$owner", owner));
        return (int)(long)command.ExecuteScalar()!;
    }

    /// <summary>How many jobs wait that came before this one.</summary>
    public int CountBefore(StoredJob job)
    {
        using var _ = gate.EnterScope();
        using var command = Command("SELECT COUNT(*) FROM jobs WHERE status = 0 AND created < $created", ("$created", Ticks(job.Created)));
        return (int)(long)command.ExecuteScalar()!;
    }

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

    private bool Change(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var _ = gate.EnterScope();
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery() > 0;
    }

    private List<StoredJob> Query(string where, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = Command($"SELECT {Columns} FROM jobs {where}", parameters);
        using var reader = command.ExecuteReader();
        var jobs = new List<StoredJob>();
        while (reader.Read())
            jobs.Add(Read(reader));
        return jobs;
    }

    private static StoredJob Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetFieldValue<byte[]>(5), row.GetString(6),
        (JobStatus)row.GetInt32(7), row.GetInt32(8), At(row.GetInt64(9)), Maybe(row, 10), Maybe(row, 11), Maybe(row, 12),
        row.IsDBNull(13) ? null : new(row.GetInt32(13), row.GetString(14), row.GetString(15)));

    private static DateTimeOffset? Maybe(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : At(row.GetInt64(column));

    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);

    private static long Ticks(DateTimeOffset at) => at.UtcTicks;

    private void Run(string sql)
    {
        using var command = Command(sql);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
