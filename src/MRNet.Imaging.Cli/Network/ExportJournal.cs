using System.Globalization;
using MRNet.Dicom.Network;

namespace MRNet.Imaging.Cli.Network;

/// <summary>
/// What a peer said it has stored, kept beside the files while an export is not complete: a run that was stopped goes on
/// with the rest. One line for each instance: peer, SOP Instance UID, bytes.
/// </summary>
internal sealed class ExportJournal : IDisposable
{
    public const string Name = "mrnet-export.tsv";

    private readonly string path;
    private readonly string peer;
    private readonly List<string> others;
    private readonly HashSet<string> stored;
    private StreamWriter? writer;

    private ExportJournal(string path, string peer, IEnumerable<string> lines)
    {
        (this.path, this.peer) = (path, peer);
        var mine = lines.ToLookup(line => line.StartsWith(peer + "\t", StringComparison.Ordinal));
        (others, stored) = ([.. mine[false]], [.. mine[true]]);
    }

    public static ExportJournal Open(string folder, PeerAddress peer)
    {
        var path = Path.Combine(folder, Name);
        // The last line of a run that was killed may be half there: it has no third field or another number.
        return new(path, peer.ToString(), File.Exists(path) ? File.ReadAllLines(path).Where(line => line.Count(letter => letter == '\t') == 2) : []);
    }

    public bool Has(OutgoingObject item) => stored.Contains(Line(item));

    /// <summary>Written through: after a crash at any time a stored instance is known as such, or is sent once more under the same UID.</summary>
    public void Add(OutgoingObject item)
    {
        if (!stored.Add(Line(item)))
            return;
        writer ??= new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
        writer.WriteLine(Line(item));
    }

    /// <summary>All is stored: nothing of this export need be remembered.</summary>
    public void Complete()
    {
        Dispose();
        if (others.Count > 0)
            File.WriteAllLines(path, others);
        else
            File.Delete(path);
    }

    public void Dispose()
    {
        writer?.Dispose();
        writer = null;
    }

    private string Line(OutgoingObject item) => string.Create(CultureInfo.InvariantCulture, $"{peer}\t{item.SopInstance}\t{item.Length}");
}
