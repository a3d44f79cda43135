namespace MRNet.Imaging.Server.Files;

/// <summary>Where the server keeps what must survive it: one folder, one server.</summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream held;

    /// <exception cref="ResourceLimitException">Another server has it, or it cannot be written.</exception>
    public DataFolder(string root, IFileSystem files)
    {
        Root = Path.GetFullPath(root);
        try
        {
            files.MakeFolder(Root);
            files.MakeFolder(Uploads);
            files.MakeFolder(Results);
            held = Hold(LockOf(Root));
        }
        catch (UnauthorizedAccessException error)
        {
            throw new ResourceLimitException($"The server's folder {Root} cannot be written ({error.Message}); name another with --store.", error);
        }
    }

    public string Root { get; }

    /// <summary>What clients sent, a folder each.</summary>
    public string Uploads => UploadsOf(Root);

    /// <summary>What jobs made, a folder each.</summary>
    public string Results => ResultsOf(Root);

    /// <summary>The job store.</summary>
    public string Database => DatabaseOf(Root);

    /// <summary>Series that are being fetched from archives; nothing of it survives a start.</summary>
    public string Fetched => Path.Combine(Root, "fetched");

    /// <summary>Series that senders pushed, until they are jobs.</summary>
    public string Received => Path.Combine(Root, "received");

    /// <summary>What is on its way to archives.</summary>
    public string Exports => Path.Combine(Root, "exports.db");

    /// <summary>The key under which the audit trail writes UIDs.</summary>
    public string AuditKey => Path.Combine(Root, "audit.key");

    /// <summary>The uploads of a data folder.</summary>
    public static string UploadsOf(string root) => Path.Combine(root, "uploads");

    /// <summary>The results of a data folder.</summary>
    public static string ResultsOf(string root) => Path.Combine(root, "results");

    /// <summary>The job store of a data folder.</summary>
    public static string DatabaseOf(string root) => Path.Combine(root, "jobs.db");

    /// <summary>The API keys of a data folder.</summary>
    public static string KeysOf(string root) => Path.Combine(Path.GetFullPath(root), "keys.json");

    /// <summary>The audit trail of a data folder.</summary>
    public static string AuditOf(string root) => Path.Combine(Path.GetFullPath(root), "audit.log");

    /// <summary>What of the audit trail of a data folder waits for the repository.</summary>
    public static string AuditSpoolOf(string root) => Path.Combine(Path.GetFullPath(root), "audit.spool");

    /// <summary>Whether a server has a data folder now.</summary>
    public static bool IsHeld(string root)
    {
        try
        {
            using var _ = new FileStream(LockOf(root), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false; // none ever had it
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => held.Dispose();

    private static string LockOf(string root) => Path.Combine(root, "lock");

    private static FileStream Hold(string path)
    {
        try
        {
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            stream.SetLength(0);
            using (var writer = new StreamWriter(stream, leaveOpen: true))
                writer.Write(Environment.ProcessId);
            return stream;
        }
        catch (IOException error)
        {
            throw new ResourceLimitException($"The server's folder {Path.GetDirectoryName(path)} belongs to a running server (process {Holder(path)}); stop it, or name another folder with --store.", error);
        }
    }

    private static string Holder(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return new StreamReader(stream).ReadToEnd() is { Length: > 0 } id ? id : "unknown";
        }
        catch (IOException)
        {
            return "unknown";
        }
    }
}
