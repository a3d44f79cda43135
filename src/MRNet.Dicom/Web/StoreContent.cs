using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Web;

/// <summary>Files as multipart/related of application/dicom, read while they are sent.</summary>
internal sealed class StoreContent : HttpContent
{
    private readonly IReadOnlyList<OutgoingObject> objects;
    private readonly string boundary = "mrnet-" + Path.GetRandomFileName();

    public StoreContent(IReadOnlyList<OutgoingObject> objects)
    {
        this.objects = objects;
        Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/related; type=\"application/dicom\"; boundary={boundary}");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var item in objects)
        {
            await stream.WriteAsync(Head(item), cancellationToken).ConfigureAwait(false);
            await using (var file = item.OpenFile())
                await file.CopyToAsync(stream, 256 * 1024, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync("\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        await stream.WriteAsync(End, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = objects.Sum(item => Head(item).Length + item.Length + 2) + End.Length;
        return true;
    }

    private byte[] End => Encoding.ASCII.GetBytes($"--{boundary}--\r\n");

    private byte[] Head(OutgoingObject item) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: application/dicom\r\nContent-Length: {item.Length}\r\n\r\n"));
}
