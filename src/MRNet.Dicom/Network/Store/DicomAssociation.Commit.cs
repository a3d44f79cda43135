namespace MRNet.Dicom.Network;

/// <content>Storage commitment as its user, PS3.4 annex J.</content>
public sealed partial class DicomAssociation
{
    private const string StorageCommitmentInstance = "1.2.840.10008.1.20.1.1"; // well-known, PS3.4 annex J.3.5

    public static ProposedContext CommitmentContext { get; } = new(DicomUID.StorageCommitmentPushModel.UID, ProposedContext.Plain);

    /// <summary>Asks the peer to take responsibility for instances. Its report comes later, as a rule over an association of its own to our listener (<see cref="IObjectSink.CommittedAsync"/>).</summary>
    /// <returns>Whether the request was taken.</returns>
    public async Task<DicomStatus> RequestCommitmentAsync(string transaction, IEnumerable<(string SopClass, string SopInstance)> instances, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(instances);
        var context = Context(CommitmentContext.SopClass);
        var request = new DimseCommand(new DicomDataset()
            .Add(DicomTag.RequestedSOPClassUID, CommitmentContext.SopClass)
            .Add(DicomTag.CommandField, (ushort)CommandField.ActionRequest)
            .Add(DicomTag.MessageID, ++lastMessage)
            .Add(DicomTag.CommandDataSetType, (ushort)0)
            .Add(DicomTag.RequestedSOPInstanceUID, StorageCommitmentInstance)
            .Add(DicomTag.ActionTypeID, (ushort)1));
        var dataset = new DicomDataset()
            .Add(DicomTag.TransactionUID, transaction)
            .Add(DicomTag.ReferencedSOPSequence, instances.Select(instance => new DicomDataset()
                .Add(DicomTag.ReferencedSOPClassUID, instance.SopClass).Add(DicomTag.ReferencedSOPInstanceUID, instance.SopInstance)));
        await SendAsync(context, request, dataset, cancellation).ConfigureAwait(false);
        var response = await ResponseAsync(request, options.AnswerTimeout, cancellation).ConfigureAwait(false);
        if (response.Command.HasDataset)
            await DatasetAsync(context, cancellation).ConfigureAwait(false);
        return response.Command.Status;
    }

    /// <summary>Waits for the report over this association, for peers that send it here.</summary>
    /// <exception cref="DicomNetworkException">None came in time: it may still come to our listener.</exception>
    public async Task<CommitmentReport> WaitForCommitmentAsync(TimeSpan within, CancellationToken cancellation = default)
    {
        var message = await Guarded(() => messages.ReceiveAsync(within, cancellation)).ConfigureAwait(false);
        if (message?.Command is not { Field: CommandField.EventReportRequest, HasDataset: true } || contexts.FirstOrDefault(c => c.Id == message.Context) is not { } context)
            throw await ClosedAsync("The peer sends something else where its commitment was due.", isTransient: false).ConfigureAwait(false);
        var report = CommitmentReport.Of(await DatasetAsync(context, cancellation).ConfigureAwait(false));
        await Guarded(() => messages.SendAsync(context.Id, message.Command.Response(DicomStatus.Success), null, cancellation)).ConfigureAwait(false);
        return report;
    }
}
