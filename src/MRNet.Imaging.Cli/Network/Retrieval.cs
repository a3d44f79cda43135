using System.Net;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Cli.Terminal;

namespace MRNet.Imaging.Cli.Network;

/// <summary>Fetches one series of a study into a folder: C-FIND with C-GET or C-MOVE, or QIDO and WADO.</summary>
internal sealed class Retrieval(PeerConnection peer, string study, string? series, string folder, IProgress<float> progress)
{
    private int received;
    private int expected;

    /// <exception cref="PeerException">The archive is away, refuses, or sends less than it has.</exception>
    public Task<SeriesInfo> RunAsync(CancellationToken cancellation) => peer.SaidAsync(() => peer.Address.Web is null ? DicomAsync(cancellation) : WebAsync(cancellation));

    private FolderSink Sink => new(folder, _ => Count());

    private void Count()
    {
        var now = Interlocked.Increment(ref received);
        if (expected > 0)
            progress.Report(Math.Min(1f, (float)now / expected));
    }

    private async Task<SeriesInfo> WebAsync(CancellationToken cancellation)
    {
        using var web = peer.Web();
        var found = new List<SeriesInfo>();
        await foreach (var match in web.SearchSeriesAsync(study, [], cancellation))
            found.Add(SeriesInfo.Of(match));
        var chosen = SeriesInfo.Choose(found, study, series);
        expected = chosen.Instances;
        await web.RetrieveAsync(study, chosen.Uid, null, Sink, cancellation);
        return Complete(chosen);
    }

    private async Task<SeriesInfo> DicomAsync(CancellationToken cancellation)
    {
        var chosen = SeriesInfo.Choose([.. (await FindAsync("SERIES", SeriesKeys(), cancellation)).Select(SeriesInfo.Of)], study, series);
        var images = await FindAsync("IMAGE", new DicomDataset().Add(DicomTag.SeriesInstanceUID, chosen.Uid).Add(DicomTag.SOPInstanceUID).Add(DicomTag.SOPClassUID), cancellation);
        expected = images.Count;
        var wanted = Query("SERIES", new DicomDataset().Add(DicomTag.SeriesInstanceUID, chosen.Uid));
        if (peer.ListenPort is { } port)
            await MoveAsync(wanted, port, cancellation);
        else
            await GetAsync(wanted, [.. images.Select(image => image.GetStringOrEmpty(DicomTag.SOPClassUID)).Where(DicomUID.IsValid).Distinct()], cancellation);
        return Complete(chosen with { Instances = expected });
    }

    private async Task GetAsync(DicomDataset wanted, string[] classes, CancellationToken cancellation)
    {
        await using var association = await DicomAssociation.ConnectAsync(peer.Address.Dicom!, DicomAssociation.GetContexts(classes), peer.Association, cancellation);
        if (!association.Accepts(DicomUID.StudyRootQueryRetrieveInformationModelGet.UID))
            throw new PeerException($"{peer.Address} does not offer C-GET; give --listen PORT for C-MOVE, and tell it our title, address and port.");
        var (status, counts) = await association.GetAsync(wanted, Sink, null, cancellation);
        Check(status, counts);
    }

    private async Task MoveAsync(DicomDataset wanted, int port, CancellationToken cancellation)
    {
        var archive = await peer.Address.Dicom!.AddressesAsync(cancellation);
        var options = new DicomListenerOptions { AeTitle = peer.Association.CallingAe, Port = port, Address = IPAddress.Any, Flush = false, Callers = [.. archive.Select(address => new CallerRule("*", new IPNetwork(address, address.GetAddressBytes().Length * 8)))], Note = Messages.Warning, Tls = peer.Association.Tls is { CertificateFile: not null } tls ? tls : null };
        await using var listener = DicomListener.Start(options, Sink);
        await using var association = await DicomAssociation.ConnectAsync(peer.Address.Dicom!, [DicomAssociation.MoveContext], peer.Association, cancellation);
        var (status, counts) = await association.MoveAsync(wanted, peer.Association.CallingAe, null, cancellation);
        Check(status, counts);
    }

    private void Check(DicomStatus status, RetrieveProgress counts)
    {
        if (!status.IsStored || counts.Failed > 0)
            throw new PeerException($"{peer.Address} answers {status} and could not send {counts.Failed} of {counts.Failed + counts.Completed + counts.Warnings} instances.");
    }

    private SeriesInfo Complete(SeriesInfo chosen) => received >= chosen.Instances && received > 0
        ? chosen
        : throw new PeerException($"{peer.Address} has {chosen.Instances} instances of series {chosen.Uid} and sent {received}; try again.");

    private async Task<List<DicomDataset>> FindAsync(string level, DicomDataset keys, CancellationToken cancellation)
    {
        await using var association = await DicomAssociation.ConnectAsync(peer.Address.Dicom!, [DicomAssociation.FindContext], peer.Association, cancellation);
        var found = new List<DicomDataset>();
        await foreach (var match in association.FindAsync(Query(level, keys), cancellation))
            found.Add(match);
        return found;
    }

    private DicomDataset Query(string level, DicomDataset keys) => keys.AddOrUpdate(DicomTag.QueryRetrieveLevel, level).AddOrUpdate(DicomTag.StudyInstanceUID, study);

    private static DicomDataset SeriesKeys() => new DicomDataset()
        .Add(DicomTag.SeriesInstanceUID).Add(DicomTag.Modality).Add(DicomTag.SeriesDescription).Add(DicomTag.NumberOfSeriesRelatedInstances);
}
