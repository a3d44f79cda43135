using System.Text;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Audit;

/// <summary>
/// The audit trail on the disk: one message a line, appended and synced, 0600. It is opened for each message, so that it
/// may be moved away at any time and <c>mrnet keys</c> may write beside the server. What cannot be written waits in its
/// order, up to a bound.
/// </summary>
internal sealed partial class AuditFile(string path, IFileSystem files, ILogger log)
{
    private const int Waiting = 10_000;

    private readonly Lock gate = new();
    private readonly Queue<string> pending = [];
    private long written;

    /// <summary>Messages that wait for the disk.</summary>
    public int Pending
    {
        get
        {
            using var _ = gate.EnterScope();
            return pending.Count;
        }
    }

    /// <summary>Messages that this process has written and those that wait for the disk.</summary>
    public long Taken
    {
        get
        {
            using var _ = gate.EnterScope();
            return written + pending.Count;
        }
    }

    /// <summary>How long the file is, and how many of this process's messages are in it: both of one moment.</summary>
    /// <exception cref="IOException">The disk.</exception>
    public (long Bytes, long Written) Measure()
    {
        using var _ = gate.EnterScope();
        return (files.FileExists(path) ? files.Length(path) : 0, written);
    }

    /// <returns>False when the message, or one before it, could not be written.</returns>
    public bool Write(string message)
    {
        using var _ = gate.EnterScope();
        if (pending.Count < Waiting)
            pending.Enqueue(message);
        else
            LogLost();
        return TryFlush();
    }

    /// <summary>Tries again with what waits.</summary>
    /// <returns>False when it still cannot be written.</returns>
    public bool Flush()
    {
        using var _ = gate.EnterScope();
        return pending.Count == 0 || TryFlush();
    }

    private bool TryFlush()
    {
        try
        {
            files.MakeFolder(Path.GetDirectoryName(path)!);
            using var held = Exclusive.Hold(path + ".lock");
            files.Append(path, Encoding.UTF8.GetBytes(string.Concat(pending.Select(message => message + "\n"))));
            written += pending.Count;
            pending.Clear();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ResourceLimitException)
        {
            LogFailed(error.Message, pending.Count);
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The audit trail cannot be written ({Reason}); {Pending} messages wait.")]
    private partial void LogFailed(string reason, int pending);

    [LoggerMessage(2, LogLevel.Critical, "An audit message is lost: too many wait for the disk.")]
    private partial void LogLost();
}
