namespace MRNet.Dicom.Network;

/// <content>C-STORE, PS3.7 section 9.1.1.</content>
public sealed partial class DicomAssociation
{
    /// <summary>The contexts that these objects need: one for each class and encoding, so that what is accepted can be sent without a change.</summary>
    public static IReadOnlyList<ProposedContext> ContextsFor(IEnumerable<OutgoingObject> objects) =>
        [.. objects.SelectMany(item => item.Syntaxes().Select(syntax => (item.SopClass, syntax))).Distinct().Select(pair => new ProposedContext(pair.SopClass, [pair.syntax]))];

    /// <summary>Sends one object and waits for the peer's word on it.</summary>
    /// <returns>The peer's status; 0122 without sending where the peer takes neither class nor encoding: nothing is transcoded.</returns>
    /// <exception cref="DicomFileException">The file cannot be read any more.</exception>
    public async Task<DicomStatus> StoreAsync(OutgoingObject item, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (ContextOf(item) is not var (context, syntax))
            return DicomStatus.ClassNotSupported with { Comment = NotTaken(item) };

        using var dataset = item.OpenDataset(syntax);
        var command = Request(CommandField.StoreRequest, item.SopClass, hasDataset: true);
        command.Dataset.Add(DicomTag.Priority, (ushort)0).Add(DicomTag.AffectedSOPInstanceUID, item.SopInstance);
        await Guarded(() => SendFileAsync(context.Id, command, dataset, item, cancellation)).ConfigureAwait(false);
        return (await ResponseAsync(command, options.AnswerTimeout, cancellation).ConfigureAwait(false)).Command.Status;
    }

    private async ValueTask SendFileAsync(byte context, DimseCommand command, Stream dataset, OutgoingObject item, CancellationToken cancellation)
    {
        try
        {
            await messages.SendAsync(context, command, dataset, cancellation).ConfigureAwait(false);
        }
        catch (IOException error) // of the connection it would be our own exception
        {
            throw new DicomFileException($"{item.Name} could not be read to its end: {error.Message}", error);
        }
    }

    private (PresentationContext, DicomTransferSyntax)? ContextOf(OutgoingObject item)
    {
        foreach (var syntax in item.Syntaxes())
            if (contexts.FirstOrDefault(context => context.AbstractSyntax == item.SopClass && context.TransferSyntaxes[0] == syntax.UID.UID) is { } context)
                return (context, syntax);
        return null;
    }

    private string NotTaken(OutgoingObject item) => Accepts(item.SopClass)
        ? $"the peer takes {new DicomUID(item.SopClass).Name} but not in {item.TransferSyntax.Name}"
        : $"the peer does not take {new DicomUID(item.SopClass).Name}";
}
