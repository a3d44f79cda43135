namespace MRNet.Dicom.Network;

/// <summary>How far a peer is with sending what was asked for.</summary>
/// <param name="Remaining">0 where the peer does not tell.</param>
public sealed record RetrieveProgress(int Completed, int Failed, int Warnings, int Remaining);

/// <content>C-MOVE and C-GET, PS3.7 sections 9.1.3 and 9.1.4, in the study root information model.</content>
public sealed partial class DicomAssociation
{
    public static ProposedContext MoveContext { get; } = new(DicomUID.StudyRootQueryRetrieveInformationModelMove.UID, ProposedContext.Plain);

    /// <summary>C-GET, and the classes that the peer may send over the same association, each encoding in a context of its own so that nothing need be transcoded.</summary>
    public static IReadOnlyList<ProposedContext> GetContexts(IReadOnlyCollection<string>? sopClasses = null)
    {
        var classes = sopClasses is { Count: > 0 } ? sopClasses : StorageClasses.Images;
        var all = DicomTransferSyntax.All.Where(syntax => syntax != DicomTransferSyntax.ExplicitVRBigEndian).OrderBy(syntax => syntax.IsLossy);
        var each = classes.SelectMany(name => all.Select(syntax => new ProposedContext(name, [syntax], AsProvider: true)));
        // Too many for one association: the native ones alone, the compressed ones together.
        var some = classes.SelectMany(name => new[]
        {
            new ProposedContext(name, [.. all.Where(syntax => !syntax.IsEncapsulated)], AsProvider: true),
            new ProposedContext(name, [.. all.Where(syntax => syntax.IsEncapsulated)], AsProvider: true),
        });
        var first = new ProposedContext(DicomUID.StudyRootQueryRetrieveInformationModelGet.UID, ProposedContext.Plain);
        return [first, .. (classes.Count * all.Count() < ProposedContext.Maximum ? each : some).Take(ProposedContext.Maximum - 1)];
    }

    /// <summary>Asks the peer to send what <paramref name="query"/> names to another application, which it must know by this title: our own listener, as a rule.</summary>
    /// <returns>The last word of the peer, with what it counted.</returns>
    public async Task<(DicomStatus Status, RetrieveProgress Counts)> MoveAsync(
        DicomDataset query, string destination, IProgress<RetrieveProgress>? progress = null, CancellationToken cancellation = default)
    {
        var context = Context(MoveContext.SopClass);
        var request = Request(CommandField.MoveRequest, MoveContext.SopClass, hasDataset: true);
        request.Dataset.Add(DicomTag.Priority, (ushort)0).Add(DicomTag.MoveDestination, destination);
        await SendAsync(context, request, query, cancellation).ConfigureAwait(false);
        return await RetrieveAsync(context, request, null, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks the peer to send what <paramref name="query"/> names over this association into <paramref name="sink"/>.</summary>
    /// <inheritdoc cref="MoveAsync"/>
    public async Task<(DicomStatus Status, RetrieveProgress Counts)> GetAsync(
        DicomDataset query, IObjectSink sink, IProgress<RetrieveProgress>? progress = null, CancellationToken cancellation = default)
    {
        var name = DicomUID.StudyRootQueryRetrieveInformationModelGet.UID;
        var context = Context(name);
        var request = Request(CommandField.GetRequest, name, hasDataset: true);
        request.Dataset.Add(DicomTag.Priority, (ushort)0);
        await SendAsync(context, request, query, cancellation).ConfigureAwait(false);
        var caller = new DicomCaller(Peer.AeTitle, options.CallingAe, Peer.Host, 0);
        return await RetrieveAsync(context, request, new(messages, sink, caller, options.MaximumObjectBytes, flush: false), progress, cancellation).ConfigureAwait(false);
    }

    private async Task<(DicomStatus, RetrieveProgress)> RetrieveAsync(
        PresentationContext context, DimseCommand request, ObjectReceiver? receiver, IProgress<RetrieveProgress>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            var message = await Guarded(() => messages.ReceiveAsync(options.AnswerTimeout, cancellation)).ConfigureAwait(false)
                ?? throw await ClosedAsync("The peer released the association before it had sent all.", isTransient: true).ConfigureAwait(false);
            if (receiver is not null && message.Command is { Field: CommandField.StoreRequest, HasDataset: true } && contexts.FirstOrDefault(c => c.Id == message.Context) is { } own)
            {
                await Guarded(async () => await receiver.AnswerAsync(message, DicomTransferSyntax.Parse(own.TransferSyntaxes[0]), cancellation).ConfigureAwait(false)).ConfigureAwait(false);
                continue;
            }

            if (!message.Command.IsResponse || message.Command.RespondsTo != request.MessageId)
                throw await ClosedAsync($"The peer sends command {(ushort)message.Command.Field:X4} where an answer was due.", isTransient: false).ConfigureAwait(false);
            if (message.Command.HasDataset) // the list of what failed
                await DatasetAsync(context, cancellation).ConfigureAwait(false);
            var counts = Counts(message.Command);
            progress?.Report(counts);
            if (!message.Command.Status.IsPending)
                return (message.Command.Status, counts);
        }
    }

    private static RetrieveProgress Counts(DimseCommand command) => new(
        command.Count(DicomTag.NumberOfCompletedSuboperations), command.Count(DicomTag.NumberOfFailedSuboperations),
        command.Count(DicomTag.NumberOfWarningSuboperations), command.Count(DicomTag.NumberOfRemainingSuboperations));
}
