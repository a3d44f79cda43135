using System.Runtime.CompilerServices;

namespace MRNet.Dicom.Network;

/// <summary>What became of one object.</summary>
public sealed record SendResult(OutgoingObject Object, DicomStatus Status);

/// <summary>Sends any number of objects of any classes, over as few associations as their classes allow.</summary>
public static class DicomSender
{
    /// <summary>Yields each object when the peer has answered for it.</summary>
    /// <exception cref="DicomNetworkException">The association broke: what was yielded is stored or refused, the rest is not known to be.</exception>
    public static async IAsyncEnumerable<SendResult> SendAsync(
        DicomPeer peer, IReadOnlyList<OutgoingObject> objects, DicomAssociationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var batch in Batches(objects))
        {
            await using var association = await DicomAssociation.ConnectAsync(peer, DicomAssociation.ContextsFor(batch), options, cancellation).ConfigureAwait(false);
            foreach (var item in batch)
                yield return new(item, await association.StoreAsync(item, cancellation).ConfigureAwait(false));
        }
    }

    /// <summary>In their order, parted where one association has no more room for another class.</summary>
    private static IEnumerable<List<OutgoingObject>> Batches(IReadOnlyList<OutgoingObject> objects)
    {
        var (batch, contexts) = (new List<OutgoingObject>(), new HashSet<(string, string)>());
        foreach (var item in objects)
        {
            (string, string)[] wanted = [.. item.Syntaxes().Select(syntax => (item.SopClass, syntax.UID.UID))];
            if (contexts.Union(wanted).Count() > ProposedContext.Maximum)
            {
                yield return batch;
                (batch, contexts) = ([], []);
            }

            contexts.UnionWith(wanted);
            batch.Add(item);
        }

        if (batch.Count > 0)
            yield return batch;
    }
}
