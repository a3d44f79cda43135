using System.Globalization;
using System.Text;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Audit;

/// <summary>
/// Messages on their way to the audit repository: a file beside the trail, one a line, and a mark of how far it has been sent.
/// Both survive the server. What was sent but not yet marked is sent again; nothing is left out and the order stays.
/// </summary>
internal sealed class AuditSpool(string path, IFileSystem files, ILogger log)
{
    private const int PieceBytes = 1 << 16;

    private readonly AuditFile file = new(path, files, log);
    private volatile Look look = new(0, 0);

    /// <summary>Messages that have not been sent: what this process has found in the spool, and what it has taken since.</summary>
    public int Waiting
    {
        get
        {
            var last = look;
            return (int)(last.Unsent + file.Taken - last.Written);
        }
    }

    private string Mark => path + ".sent";

    /// <returns>False when the disk did not take it.</returns>
    public bool Write(string message) => file.Write(message);

    public bool Flush() => file.Flush();

    /// <summary>The next messages to send, the oldest first; other processes write here too.</summary>
    /// <exception cref="IOException">The disk.</exception>
    public AuditBatch Next(int most)
    {
        var (length, written) = file.Measure();
        if (length == 0)
        {
            look = new(0, written);
            return new([], 0);
        }

        using var stream = files.OpenRead(path);
        var from = Sent(length);
        stream.Seek(from, SeekOrigin.Begin);
        var (messages, end, count) = (new List<string>(), from, 0);
        foreach (var line in Lines(stream, length - from))
        {
            count++;
            if (messages.Count == most)
                continue;
            messages.Add(Encoding.UTF8.GetString(line));
            end += line.Length + 1;
        }

        look = new(count, written);
        return new(messages, end);
    }

    /// <summary>Marks a batch as sent.</summary>
    public void Done(AuditBatch batch)
    {
        using var held = Exclusive.Hold(path + ".lock");
        look = look with { Unsent = look.Unsent - batch.Messages.Count };
        if (batch.End < files.Length(path))
        {
            files.WriteWhole(Mark, Encoding.ASCII.GetBytes(batch.End.ToString(CultureInfo.InvariantCulture)));
            return;
        }

        files.Delete(Mark); // first the mark: an old one would hide what comes into the new file
        files.WriteWhole(path, []);
    }

    /// <param name="Unsent">Messages found.</param>
    /// <param name="Written">How many this process had written until then.</param>
    private sealed record Look(int Unsent, long Written);

    private long Sent(long length) =>
        files.FileExists(Mark) && long.TryParse(Encoding.ASCII.GetString(files.ReadWhole(Mark)), NumberStyles.None, CultureInfo.InvariantCulture, out var mark) && mark <= length ? mark : 0;

    /// <summary>Whole lines only: the last one may be just being written, by another process.</summary>
    /// <param name="length">What comes in after it was measured is not read: it would be counted twice.</param>
    private static IEnumerable<byte[]> Lines(Stream stream, long length)
    {
        var (piece, line) = (new byte[PieceBytes], new List<byte>());
        for (int read; (read = stream.Read(piece, 0, (int)Math.Min(PieceBytes, length))) > 0; length -= read)
            for (var i = 0; i < read; i++)
                if (piece[i] != '\n')
                    line.Add(piece[i]);
                else
                {
                    yield return [.. line];
                    line.Clear();
                }
    }
}

/// <param name="Messages">In their order.</param>
/// <param name="End">Where the next one begins, in bytes.</param>
internal sealed record AuditBatch(IReadOnlyList<string> Messages, long End);
