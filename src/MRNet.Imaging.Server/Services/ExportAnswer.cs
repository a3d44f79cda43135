using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Exports;

namespace MRNet.Imaging.Server.Services;

/// <summary>Tells a caller how an export goes, until each instance is stored or refused. The export does not need the caller.</summary>
internal sealed class ExportAnswer(ExportQueue queue, EventStream stream, string jobId, string pacs, IReadOnlySet<string> uids)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> sent = [];
    private string waitsFor = "";

    /// <exception cref="PeerException">The archive refused something for good.</exception>
    public async Task RunAsync(TimeProvider time, CancellationToken cancellation)
    {
        while (true)
        {
            var pulse = queue.Pulse; // before the look: no change is missed
            var exports = queue.Of(jobId).Where(one => one.Pacs == pacs && uids.Contains(one.SopUid)).ToList();
            await TellAsync(exports, cancellation);
            if (exports.TrueForAll(one => one.State != ExportState.Pending))
            {
                ThrowIfParked(exports);
                return;
            }

            await Task.WhenAny(pulse, Task.Delay(Silence, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task TellAsync(List<StoredExport> exports, CancellationToken cancellation)
    {
        await stream.WriteAsync(new() { Progress = new() { Stage = Stage.Exporting, Done = (uint)exports.Count(one => one.State == ExportState.Sent), Total = (uint)exports.Count } }, cancellation);
        foreach (var one in exports.Where(one => one.State == ExportState.Sent && sent.Add(one.SopUid)))
            await stream.WriteAsync(new() { Sent = new() { Pacs = pacs, SopUid = one.SopUid } }, cancellation);
        if (exports.Find(one => one is { State: ExportState.Pending, Attempts: > 0 }) is { } waiting && waiting.Reason != waitsFor)
        {
            waitsFor = waiting.Reason;
            await stream.WriteAsync(new() { Warning = new() { Reason = "EXPORT_WAITS", Message = $"{pacs} does not take the objects for now: {waiting.Reason} The server goes on trying; nobody need wait for it." } }, cancellation);
        }
    }

    private void ThrowIfParked(List<StoredExport> exports)
    {
        if (exports.Find(one => one.State == ExportState.Parked) is { } parked)
            throw new PeerException($"{pacs} did not take {exports.Count(one => one.State == ExportState.Parked)} of {exports.Count} objects: {parked.Reason} Ask for the export again when this is mended.");
    }
}
