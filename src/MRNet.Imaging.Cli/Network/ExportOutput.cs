using MRNet.Dicom.Network;
using MRNet.Imaging.Cli.Terminal;

namespace MRNet.Imaging.Cli.Network;

/// <summary>An export with its progress and its words.</summary>
internal static class ExportOutput
{
    /// <exception cref="PeerException">The peer is away, or did not take all; the rest is named.</exception>
    public static async Task RunAsync(PeerConnection peer, IReadOnlyList<OutgoingObject> objects, string folder, TimeSpan patience, bool quiet, CancellationToken cancellation)
    {
        using var journal = Journal(folder, peer.Address);
        ExportRun? run = null;
        var parked = await Task.Run(() => ProgressBar.Run(quiet, work =>
        {
            run = new(peer, objects, journal, patience, work.Stage("Sending"));
            return peer.SaidAsync(() => run.RunAsync(cancellation)).GetAwaiter().GetResult();
        }), cancellation);

        if (!quiet)
            Console.Out.WriteLine($"{peer.Address}: {run!.Stored} objects stored{(run.Before > 0 ? $", {run.Before} were stored before" : "")}.");
        foreach (var result in parked)
            Messages.Warning($"{result.Object.Name} is not stored: {result.Status}.");
        if (parked.Count > 0)
            throw new PeerException($"{peer.Address} refused {parked.Count} of {objects.Count} objects; they are named above.");
    }

    /// <summary>Null where none can be kept: a run that is stopped then begins anew, which doubles nothing but the work.</summary>
    private static ExportJournal? Journal(string folder, PeerAddress peer)
    {
        try
        {
            using (new FileStream(Path.Combine(folder, ExportJournal.Name + ".try"), FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
                return ExportJournal.Open(folder, peer);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Messages.Note($"No journal can be kept in {folder}; a run that is stopped will begin anew.");
            return null;
        }
    }
}
