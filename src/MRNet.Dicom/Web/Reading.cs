using MRNet.Dicom.Network;

namespace MRNet.Dicom.Web;

/// <summary>Reads of a server's answer, with a time and a size.</summary>
internal static class Reading
{
    public static async Task<int> AtLeastOneAsync(Stream stream, Memory<byte> into, TimeSpan idle, CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(idle);
        try
        {
            return await stream.ReadAsync(into, timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new DicomNetworkException($"The server sends nothing for {idle.TotalSeconds:0.#} s.", isTransient: true, error);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new DicomNetworkException($"The connection broke within the server's answer: {error.Message}", isTransient: true, error);
        }
    }

    /// <summary>All of an answer; one beyond the limit is refused while it is read.</summary>
    public static async Task<ReadOnlyMemory<byte>> AllAsync(Stream stream, long limit, TimeSpan idle, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        var piece = new byte[64 * 1024];
        while (await AtLeastOneAsync(stream, piece, idle, cancellation).ConfigureAwait(false) is > 0 and var got)
        {
            if (all.Length + got > limit)
                throw new DicomNetworkException($"The server's answer is larger than {limit} bytes, the limit set.", isTransient: false);
            all.Write(piece, 0, got);
        }

        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }
}
