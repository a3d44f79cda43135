using System.Runtime.CompilerServices;

namespace MRNet.Dicom.Network;

/// <content>C-FIND, PS3.7 section 9.1.2, in the study root information model.</content>
public sealed partial class DicomAssociation
{
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(5);

    public static ProposedContext FindContext { get; } = new(DicomUID.StudyRootQueryRetrieveInformationModelFind.UID, ProposedContext.Plain);

    /// <summary>Yields the matches as they come; leaving the loop early cancels the rest.</summary>
    /// <param name="query">Query/Retrieve Level, keys to match, and empty attributes to be told.</param>
    /// <exception cref="DicomNetworkException">The peer failed the query; matches before that are good.</exception>
    public async IAsyncEnumerable<DicomDataset> FindAsync(DicomDataset query, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var context = Context(FindContext.SopClass);
        var request = Request(CommandField.FindRequest, FindContext.SopClass, hasDataset: true);
        request.Dataset.Add(DicomTag.Priority, (ushort)0);
        await SendAsync(context, request, query, cancellation).ConfigureAwait(false);
        var isDone = false;
        try
        {
            while (await NextMatchAsync(context, request, cancellation).ConfigureAwait(false) is { } match)
                yield return match;
            isDone = true;
        }
        finally
        {
            if (!isDone && isOpen)
                await CancelAsync(context, request).ConfigureAwait(false);
        }
    }

    private async Task<DicomDataset?> NextMatchAsync(PresentationContext context, DimseCommand request, CancellationToken cancellation)
    {
        var response = await ResponseAsync(request, options.AnswerTimeout, cancellation).ConfigureAwait(false);
        var match = response.Command.HasDataset ? await DatasetAsync(context, cancellation).ConfigureAwait(false) : null;
        var status = response.Command.Status;
        if (status.IsPending)
            return match ?? [];
        return status.Code == 0 || status.IsWarning || status == DicomStatus.Cancelled
            ? null
            : throw new DicomNetworkException($"The peer answers the query with {status}.", status.IsTransient);
    }

    private Task<DicomDataset> DatasetAsync(PresentationContext context, CancellationToken cancellation) =>
        Guarded(() => messages.ReadDatasetAsync(context.Id, DicomTransferSyntax.Parse(context.TransferSyntaxes[0]), cancellation));

    private async Task SendAsync(PresentationContext context, DimseCommand request, DicomDataset dataset, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        DicomWriter.WriteDataset(bytes, dataset, DicomTransferSyntax.Parse(context.TransferSyntaxes[0]).IsExplicitVR);
        bytes.Position = 0;
        await Guarded(() => messages.SendAsync(context.Id, request, bytes, cancellation)).ConfigureAwait(false);
    }

    /// <summary>Asks the peer to stop and waits a little for its last word; then the association is broken off.</summary>
    private async Task CancelAsync(PresentationContext context, DimseCommand request)
    {
        var cancel = new DimseCommand(new DicomDataset()
            .Add(DicomTag.CommandField, (ushort)CommandField.CancelRequest)
            .Add(DicomTag.MessageIDBeingRespondedTo, request.MessageId)
            .Add(DicomTag.CommandDataSetType, (ushort)0x0101));
        using var timer = new CancellationTokenSource(CancelTimeout);
        try
        {
            await Guarded(() => messages.SendAsync(context.Id, cancel, null, timer.Token)).ConfigureAwait(false);
            while (await NextMatchAsync(context, request, timer.Token).ConfigureAwait(false) is not null)
            {
                // Matches that were on the way.
            }
        }
        catch (Exception error) when (error is OperationCanceledException or DicomNetworkException)
        {
            await AbortAsync().ConfigureAwait(false);
        }
    }
}
