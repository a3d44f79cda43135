using Microsoft.Data.Sqlite;

namespace MRNet.Imaging.Server.Verification;

/// <summary>A SQLite file of the data folder, opened for reading only.</summary>
internal sealed class ReadOnlyDatabase : IDisposable
{
    private readonly SqliteConnection connection;

    /// <param name="inUse">A server has it.</param>
    public ReadOnlyDatabase(string path, bool inUse)
    {
        // Without a log left to be read, SQLite need not make files of its own beside it.
        var source = inUse || File.Exists(path + "-wal") ? path : new Uri(path).AbsoluteUri + "?immutable=1";
        connection = new(new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
    }

    public void Dispose() => connection.Dispose();

    /// <summary>What SQLite itself finds wrong.</summary>
    public IEnumerable<string> Damage() => Rows("PRAGMA integrity_check", row => row.GetString(0)).Where(line => line != "ok");

    public IEnumerable<T> Rows<T>(string sql, Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return read(reader);
    }
}
