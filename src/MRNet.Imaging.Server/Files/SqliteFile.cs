using Microsoft.Data.Sqlite;

namespace MRNet.Imaging.Server.Files;

/// <summary>A SQLite file of the server's folder: what is committed is on the disk (write-ahead log, synchronous FULL); one call at a time.</summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Lock gate = new();

    /// <param name="version">Of the schema; a newer file is refused.</param>
    /// <param name="schema">Statements that do nothing where the tables are there.</param>
    /// <exception cref="ResourceLimitException">The file is a newer version's or damaged.</exception>
    public SqliteFile(string path, int version, string schema)
    {
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var found = Query("PRAGMA user_version", row => row.GetInt64(0)).Single();
            if (found > version)
                throw new ResourceLimitException($"{Path.GetFileName(path)} has version {found}; this server knows {version}. Use the newer server, or another --store.");
            Change("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"); // not before: a newer file stays as it is
            Change(schema);
            Change($"PRAGMA user_version = {version}");
        }
        catch (SqliteException error)
        {
            connection.Dispose();
            throw new ResourceLimitException($"{path} cannot be opened: {error.Message}", error);
        }
    }

    public void Dispose() => connection.Dispose();

    /// <returns>How many rows it changed.</returns>
    public int Change(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var _ = gate.EnterScope();
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var _ = gate.EnterScope();
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>All of it or none, and nobody else's work between.</summary>
    public void Together(Action work)
    {
        using var _ = gate.EnterScope();
        using var transaction = connection.BeginTransaction();
        work();
        transaction.Commit();
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
