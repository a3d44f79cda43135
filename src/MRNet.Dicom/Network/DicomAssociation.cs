using System.Net.Sockets;

namespace MRNet.Dicom.Network;

/// <summary>
/// An association with a peer that we opened, PS3.7 and PS3.8. One request at a time; disposing releases it. Every
/// answer of the peer is a value, only a broken or refused association is a <see cref="DicomNetworkException"/>.
/// </summary>
public sealed partial class DicomAssociation : IAsyncDisposable
{
    private readonly DicomAssociationOptions options;
    private readonly PduConnection pdus;
    private readonly DimseConnection messages;
    private readonly IReadOnlyList<PresentationContext> contexts;
    private ushort lastMessage;
    private bool isOpen = true;

    private DicomAssociation(DicomPeer peer, DicomAssociationOptions options, PduConnection pdus, AssociationUnit accepted)
    {
        (Peer, this.options, this.pdus) = (peer, options, pdus);
        contexts = [.. accepted.Contexts.Where(context => context.IsAccepted)];
        messages = new(pdus, accepted.MaximumLength, options.AnswerTimeout);
        PeerImplementation = accepted.ImplementationVersion;
    }

    public DicomPeer Peer { get; }

    /// <summary>Implementation Version Name of the peer.</summary>
    public string PeerImplementation { get; }

    /// <summary>True of a class that the peer accepted, in any syntax.</summary>
    public bool Accepts(string sopClass) => contexts.Any(context => context.AbstractSyntax == sopClass);

    /// <exception cref="DicomNetworkException">Nobody there, refused, or no DICOM; the message says which.</exception>
    public static async Task<DicomAssociation> ConnectAsync(
        DicomPeer peer, IEnumerable<ProposedContext> proposed, DicomAssociationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentNullException.ThrowIfNull(proposed);
        options ??= new();
        var request = Request(peer, proposed, options);
        var pdus = new PduConnection(await OpenAsync(peer, options, cancellation).ConfigureAwait(false), options.MaximumPdu);
        try
        {
            await pdus.WriteAsync(request.Encode(PduType.AssociateRequest), options.AssociationTimeout, cancellation).ConfigureAwait(false);
            var answer = await pdus.ReadAsync(options.AssociationTimeout, cancellation).ConfigureAwait(false);
            return answer.Type switch
            {
                PduType.AssociateAccept => new(peer, options, pdus, AssociationUnit.ParseAccept(answer.Body.Span, request)),
                PduType.AssociateReject => throw Aborts.Rejection(answer.Body.Span),
                PduType.Abort => throw Aborts.Error(answer.Body.Span),
                _ => throw new DicomNetworkException($"The peer answers the association with a unit of type {(byte)answer.Type}.", isTransient: false),
            };
        }
        catch
        {
            await pdus.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>C-ECHO: does the peer live and know us?</summary>
    public async Task<DicomStatus> EchoAsync(CancellationToken cancellation = default)
    {
        var context = Context(DicomUID.Verification.UID);
        var command = Request(CommandField.EchoRequest, DicomUID.Verification.UID, hasDataset: false);
        await Guarded(() => messages.SendAsync(context.Id, command, null, cancellation)).ConfigureAwait(false);
        return (await ResponseAsync(command, options.AnswerTimeout, cancellation).ConfigureAwait(false)).Command.Status;
    }

    /// <summary>Breaks the association off; the peer drops what it has not answered.</summary>
    public async Task AbortAsync()
    {
        if (!isOpen)
            return;
        isOpen = false;
        await pdus.AbortAsync(source: 0, reason: 0).ConfigureAwait(false);
        await pdus.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Releases the association if it is whole, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!isOpen)
            return;
        isOpen = false;
        try
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
        catch (DicomNetworkException)
        {
            // What was answered before stays true.
        }

        await pdus.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReleaseAsync()
    {
        await pdus.WriteAsync(Unit(PduType.ReleaseRequest), options.AssociationTimeout, CancellationToken.None).ConfigureAwait(false);
        while (true)
        {
            var pdu = await pdus.ReadAsync(options.AssociationTimeout, CancellationToken.None).ConfigureAwait(false);
            if (pdu.Type is PduType.ReleaseResponse or PduType.Abort)
                return;
            if (pdu.Type == PduType.ReleaseRequest) // both at once, PS3.8 section 7.2.2.7
                await pdus.WriteAsync(Unit(PduType.ReleaseResponse), options.AssociationTimeout, CancellationToken.None).ConfigureAwait(false);
        }
    }

    internal static byte[] Unit(PduType type) => ItemWriter.Unit(type, writer => writer.Zeros(4));

    private static async Task<Stream> OpenAsync(DicomPeer peer, DicomAssociationOptions options, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(options.ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(peer.Host, peer.Port, timer.Token).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return options.Tls is { } tls ? await tls.CallAsync(stream, peer.Host, timer.Token).ConfigureAwait(false) : stream;
        }
        catch (Exception error) when (error is SocketException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            socket.Dispose();
            var why = error is SocketException ? error.Message : $"no connection within {options.ConnectTimeout.TotalSeconds:0.#} s";
            throw new DicomNetworkException($"The peer cannot be reached: {why}.", isTransient: true, error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static AssociationUnit Request(DicomPeer peer, IEnumerable<ProposedContext> proposed, DicomAssociationOptions options)
    {
        PresentationContext[] contexts = [.. proposed.Select((context, i) => new PresentationContext((byte)((2 * i) + 1), context.SopClass, [.. context.Syntaxes.Select(syntax => syntax.UID.UID)])
        {
            Roles = context.AsProvider ? (false, true) : null,
        })];
        if (contexts.Length is 0 or > ProposedContext.Maximum)
            throw new ArgumentException($"An association has 1 to {ProposedContext.Maximum} contexts; found {contexts.Length}.", nameof(proposed));
        return new() { CalledAe = peer.AeTitle, CallingAe = options.CallingAe, Contexts = contexts, MaximumLength = (uint)options.MaximumPdu, User = options.User };
    }

    private DimseCommand Request(CommandField field, string sopClass, bool hasDataset) => DimseCommand.Request(field, ++lastMessage, sopClass, hasDataset);

    private PresentationContext Context(string sopClass) => contexts.FirstOrDefault(context => context.AbstractSyntax == sopClass)
        ?? throw new DicomNetworkException($"The peer does not offer {new DicomUID(sopClass).Name}.", isTransient: false);

    /// <summary>The next response to a request.</summary>
    private async Task<DimseMessage> ResponseAsync(DimseCommand request, TimeSpan within, CancellationToken cancellation)
    {
        var message = await Guarded(() => messages.ReceiveAsync(within, cancellation)).ConfigureAwait(false)
            ?? throw await ClosedAsync("The peer released the association before it answered.", isTransient: true).ConfigureAwait(false);
        if (!message.Command.IsResponse || message.Command.RespondsTo != request.MessageId)
            throw await ClosedAsync($"The peer answers message {message.Command.RespondsTo} where {request.MessageId} was asked.", isTransient: false).ConfigureAwait(false);
        return message;
    }

    private async Task<DicomNetworkException> ClosedAsync(string what, bool isTransient)
    {
        await AbortAsync().ConfigureAwait(false);
        return new(what, isTransient);
    }

    /// <summary>After a fault in the middle of a message nothing more can be said over the association.</summary>
    private async Task<T> Guarded<T>(Func<ValueTask<T>> act)
    {
        if (!isOpen)
            throw new DicomNetworkException("The association is over.", isTransient: true);
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Task<bool> Guarded(Func<ValueTask> act) => Guarded(async () =>
    {
        await act().ConfigureAwait(false);
        return true;
    });
}
