using System.Text;
using Microsoft.AspNetCore.Http;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>A multipart/related answer (RFC 2387), written part by part; disposing ends it.</summary>
internal sealed class MultipartAnswer : IAsyncDisposable
{
    private const string Boundary = "mrnet-part-7c1f3a52d9";

    private readonly HttpResponse response;

    public MultipartAnswer(HttpResponse response, string type)
    {
        this.response = response;
        response.ContentType = $"multipart/related; type=\"{type}\"; boundary={Boundary}";
    }

    public Task BeginAsync(string contentType, CancellationToken cancellation) =>
        response.Body.WriteAsync(Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\nContent-Type: {contentType}\r\n\r\n"), cancellation).AsTask();

    public async ValueTask DisposeAsync() => await response.Body.WriteAsync(Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"));
}
