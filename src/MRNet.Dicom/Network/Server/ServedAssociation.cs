using System.Net;

namespace MRNet.Dicom.Network;

/// <summary>One association that a peer opened, from its request to its end.</summary>
internal sealed class ServedAssociation(PduConnection pdus, DicomListenerOptions options, IObjectSink sink, IPAddress address, long id, bool isTooMany)
{
    private static readonly HashSet<string> Encodings = [.. DicomTransferSyntax.All.Select(syntax => syntax.UID.UID)];

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await NegotiateAndServeAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is DicomException or OperationCanceledException)
        {
            await pdus.AbortAsync(source: 2, reason: 0).ConfigureAwait(false);
            throw;
        }
    }

    private async Task NegotiateAndServeAsync(CancellationToken cancellation)
    {
        var first = await pdus.ReadAsync(options.AssociationTimeout, cancellation).ConfigureAwait(false);
        if (first.Type != PduType.AssociateRequest)
            throw new DicomNetworkException($"The peer begins with a unit of type {(byte)first.Type}; expected a request for an association.", isTransient: false);
        var request = AssociationUnit.ParseRequest(first.Body.Span);
        if (Refusal(request) is var (refusal, why))
        {
            options.Note?.Invoke($"{address}: association refused, {why}");
            await pdus.WriteAsync(refusal, options.AssociationTimeout, cancellation).ConfigureAwait(false);
            return;
        }

        var accept = request with { MaximumLength = (uint)options.MaximumPdu, Contexts = [.. request.Contexts.Where(context => context.Id != 0).Select(Answer)] };
        await pdus.WriteAsync(accept.Encode(PduType.AssociateAccept), options.AssociationTimeout, cancellation).ConfigureAwait(false);
        await ServeAsync(accept.Contexts, new(request.CallingAe, request.CalledAe, address.ToString(), id), request.MaximumLength, cancellation).ConfigureAwait(false);
    }

    /// <summary>A-ASSOCIATE-RJ with result, source and reason of PS3.8 table 9-21; null to accept.</summary>
    private (byte[] Unit, string Why)? Refusal(AssociationUnit request)
    {
        if (options.Callers is { } callers && !callers.Any(rule => rule.Admits(request.CallingAe, address)))
            return (Reject(1, 1, 3), "its title or address is not on the list");
        if (isTooMany)
            return (Reject(2, 3, 2), $"{options.MaximumAssociations} are open");
        if (!request.HasKnownContext)
            return (Reject(1, 1, 2), "another application context or protocol");
        if (!options.AnyCalledAe && request.CalledAe != options.AeTitle && !options.OtherAeTitles.Contains(request.CalledAe))
            return (Reject(1, 1, 7), "it calls another title");
        return null;
    }

    private static byte[] Reject(byte result, byte source, byte reason) =>
        ItemWriter.Unit(PduType.AssociateReject, writer => writer.Byte(0).Byte(result).Byte(source).Byte(reason));

    private PresentationContext Answer(PresentationContext asked)
    {
        var isCommitment = asked.AbstractSyntax == DicomUID.StorageCommitmentPushModel.UID;
        var isKnown = isCommitment || asked.AbstractSyntax == DicomUID.Verification.UID || StorageClasses.IsKnown(asked.AbstractSyntax) || options.Promiscuous;
        var syntax = asked.TransferSyntaxes.FirstOrDefault(Encodings.Contains);
        var isAccepted = isKnown && syntax is not null;
        return asked with
        {
            Result = isAccepted ? PresentationContext.Accepted : isKnown ? PresentationContext.TransferSyntaxesRefused : PresentationContext.AbstractSyntaxRefused,
            TransferSyntaxes = [isAccepted ? syntax! : DicomTransferSyntax.ImplicitVRLittleEndian.UID.UID],
            // Who reports on a commitment is its provider and calls us.
            Roles = asked.Roles is { } roles ? isCommitment ? (false, roles.Scp) : (roles.Scu, false) : null,
        };
    }

    private async Task ServeAsync(IReadOnlyList<PresentationContext> contexts, DicomCaller caller, uint peerMaximum, CancellationToken cancellation)
    {
        var messages = new DimseConnection(pdus, peerMaximum, options.IdleTimeout);
        var receiver = new ObjectReceiver(messages, sink, caller, options.MaximumObjectBytes, options.Flush);
        var isReleased = false;
        try
        {
            while (await messages.ReceiveAsync(options.IdleTimeout, cancellation).ConfigureAwait(false) is { } message)
            {
                var context = contexts.FirstOrDefault(context => context.Id == message.Context && context.Result == PresentationContext.Accepted)
                    ?? throw new DicomNetworkException($"The peer uses presentation context {message.Context}, which was not accepted.", isTransient: false);
                await AnswerAsync(messages, receiver, message, DicomTransferSyntax.Parse(context.TransferSyntaxes[0]), cancellation).ConfigureAwait(false);
            }

            isReleased = true;
            await pdus.WriteAsync(DicomAssociation.Unit(PduType.ReleaseResponse), options.AssociationTimeout, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await sink.EndedAsync(caller, isReleased).ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(DimseConnection messages, ObjectReceiver receiver, DimseMessage message, DicomTransferSyntax syntax, CancellationToken cancellation)
    {
        switch (message.Command)
        {
            case { Field: CommandField.EchoRequest }:
                await messages.SendAsync(message.Context, message.Command.Response(DicomStatus.Success), null, cancellation).ConfigureAwait(false);
                break;
            case { Field: CommandField.StoreRequest, HasDataset: true }:
                await receiver.AnswerAsync(message, syntax, cancellation).ConfigureAwait(false);
                break;
            case { Field: CommandField.EventReportRequest, HasDataset: true }:
                var report = CommitmentReport.Of(await messages.ReadDatasetAsync(message.Context, syntax, cancellation).ConfigureAwait(false));
                await messages.SendAsync(message.Context, message.Command.Response(await sink.CommittedAsync(report, cancellation).ConfigureAwait(false)), null, cancellation).ConfigureAwait(false);
                break;
            case { Field: CommandField.CancelRequest } or { IsResponse: true }: // nothing of ours is under way
                break;
            default:
                if (message.Command.HasDataset)
                    await messages.ReadDatasetAsync(message.Context, options.MaximumObjectBytes, _ => { }, cancellation).ConfigureAwait(false);
                await messages.SendAsync(message.Context, message.Command.Response(DicomStatus.UnrecognizedOperation), null, cancellation).ConfigureAwait(false);
                break;
        }
    }
}
