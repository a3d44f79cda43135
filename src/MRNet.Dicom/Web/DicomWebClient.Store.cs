using System.Net;
using System.Runtime.CompilerServices;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Web;

/// <content>STOW-RS, PS3.18 section 10.5.</content>
public sealed partial class DicomWebClient
{
    private const long LargestCall = 64 << 20; // bytes of one call: what is sent again when a connection breaks
    private const int LongestCall = 100;

    /// <summary>Sends objects, several in one call, and yields what the server says of each. A call is not repeated: who resumes sends what was not stored.</summary>
    /// <exception cref="DicomNetworkException">The server is away or refuses as a whole: what was yielded is stored or refused, the rest is not known to be.</exception>
    public async IAsyncEnumerable<SendResult> StoreAsync(IReadOnlyList<OutgoingObject> objects, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(objects);
        for (var at = 0; at < objects.Count;)
        {
            var batch = Batch(objects, at);
            at += batch.Count;
            foreach (var result in await StoreOnceAsync(batch, cancellation).ConfigureAwait(false))
                yield return result;
        }
    }

    private static List<OutgoingObject> Batch(IReadOnlyList<OutgoingObject> objects, int at)
    {
        var batch = new List<OutgoingObject>();
        for (long bytes = 0; at < objects.Count && batch.Count < LongestCall && (batch.Count == 0 || bytes + objects[at].Length <= LargestCall); at++)
        {
            batch.Add(objects[at]);
            bytes += objects[at].Length;
        }

        return batch;
    }

    private async Task<IEnumerable<SendResult>> StoreOnceAsync(List<OutgoingObject> batch, CancellationToken cancellation)
    {
        using var content = new StoreContent(batch);
        using var response = await CallAsync(HttpMethod.Post, "studies", Json, content, cancellation).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.Conflict))
            throw Refused(response);
        var said = await JsonAsync(response, cancellation).ConfigureAwait(false);
        var stored = Items(said, DicomTag.ReferencedSOPSequence).Select(Instance).ToHashSet();
        var failed = Items(said, DicomTag.FailedSOPSequence).DistinctBy(Instance).ToDictionary(Instance, item => item.GetSingleValueOrDefault<ushort>(DicomTag.FailureReason, 0x0110));
        return batch.Select(item => new SendResult(item, StatusOf(item)));

        DicomStatus StatusOf(OutgoingObject item) =>
            failed.TryGetValue(item.SopInstance, out var reason) ? new(reason) :
            stored.Contains(item.SopInstance) ? DicomStatus.Success :
            DicomStatus.ProcessingFailure with { Comment = $"the server answers {(int)response.StatusCode} and says nothing of it" };
    }

    private static IEnumerable<DicomDataset> Items(IEnumerable<DicomDataset> datasets, DicomTag tag) =>
        datasets.SelectMany(dataset => dataset.TryGetSequence(tag, out var sequence) ? sequence.Items : []);

    private static string Instance(DicomDataset item) => item.GetStringOrEmpty(DicomTag.ReferencedSOPInstanceUID);
}
