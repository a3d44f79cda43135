using System.Diagnostics;
using MRNet.Dicom.Network;
using MRNet.Imaging.Cli.Terminal;

namespace MRNet.Imaging.Cli.Network;

/// <summary>Sends objects until the peer has answered for each: what fails for a while is tried again, what is refused is named and left.</summary>
/// <param name="patience">How long to go on without any success.</param>
internal sealed class ExportRun(PeerConnection peer, IReadOnlyList<OutgoingObject> objects, ExportJournal? journal, TimeSpan patience, IProgress<float> progress)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly List<SendResult> parked = [];
    private readonly Dictionary<string, SendResult> waiting = [];
    private int done;

    /// <summary>Instances a former run had stored.</summary>
    public int Before { get; private set; }

    /// <summary>Instances stored now.</summary>
    public int Stored { get; private set; }

    /// <returns>What the peer refused.</returns>
    /// <exception cref="PeerException">The peer is away, or takes nothing for too long.</exception>
    public async Task<IReadOnlyList<SendResult>> RunAsync(CancellationToken cancellation)
    {
        List<OutgoingObject> left = [.. objects.DistinctBy(item => item.SopInstance).Where(item => journal?.Has(item) != true)];
        Before = done = objects.DistinctBy(item => item.SopInstance).Count() - left.Count;
        var idle = Stopwatch.StartNew();
        for (var wait = TimeSpan.FromSeconds(1); left.Count > 0; wait = wait < LongestWait ? 2 * wait : LongestWait)
        {
            var (fault, before) = (await TryAsync(left, cancellation), left.Count);
            left.RemoveAll(item => !waiting.ContainsKey(item.SopInstance));
            if (left.Count < before)
                (idle, wait) = (Stopwatch.StartNew(), TimeSpan.FromSeconds(1));
            if (left.Count == 0)
                break;
            fault ??= new($"{left.Count} objects are not taken for now, the first with {waiting[left[0].SopInstance].Status}.", isTransient: true);
            if (!fault.IsTransient || idle.Elapsed + wait > patience)
                throw peer.Error(fault, $" {Before + Stored} of {done + left.Count} objects are stored{(journal is null ? "" : "; the same command sends the rest")}.");
            Messages.Warning($"{peer.Address}: {fault.Message} Trying again in {wait.TotalSeconds:0} s; {left.Count} objects are left.");
            await Task.Delay(wait, cancellation);
        }

        if (parked.Count == 0)
            journal?.Complete();
        return parked;
    }

    /// <summary>One round over what is left; afterwards <see cref="waiting"/> has what must be tried again.</summary>
    private async Task<DicomNetworkException?> TryAsync(IReadOnlyList<OutgoingObject> left, CancellationToken cancellation)
    {
        waiting.Clear();
        foreach (var item in left)
            waiting[item.SopInstance] = new(item, DicomStatus.ProcessingFailure);
        try
        {
            using var web = peer.Address.Web is null ? null : peer.Web();
            await foreach (var result in web?.StoreAsync(left, cancellation) ?? DicomSender.SendAsync(peer.Address.Dicom!, left, peer.Association, cancellation))
                Take(result);
            return null;
        }
        catch (DicomNetworkException error)
        {
            return error;
        }
    }

    private void Take(SendResult result)
    {
        if (result.Status.IsTransient)
        {
            waiting[result.Object.SopInstance] = result;
            return;
        }

        waiting.Remove(result.Object.SopInstance);
        if (result.Status.IsStored)
        {
            Stored++;
            journal?.Add(result.Object);
        }
        else
        {
            parked.Add(result);
        }

        progress.Report((float)++done / Math.Max(1, objects.Count));
    }
}
