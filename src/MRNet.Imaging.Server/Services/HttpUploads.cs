using System.Globalization;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Services;

/// <summary>
/// Uploads for browsers, which have no client streaming: <c>PUT /v1/uploads/{uuid}/{n}?kind=dicom&amp;name=a.dcm</c> for the n-th
/// file from 0, <c>Content-Range</c> to go on with one. The upload is complete when a request names it.
/// </summary>
internal static class HttpUploads
{
    private const int PieceBytes = 1 << 20;

    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPut("/v1/uploads/{id}/{n:int}", PutAsync);

    private static async Task<IResult> PutAsync(string id, int n, string kind, string name, HttpRequest request, UploadStore uploads, Security.Caller caller, AuditTrail audit, ServerMetrics metrics, CancellationToken cancellation)
    {
        try
        {
            var receiver = uploads.Open(id, caller.Owner) ?? uploads.Begin(caller.Owner, id);
            var (from, total) = Range(request);
            if (receiver.Next != n)
                throw new InvalidImageException($"File {n} comes out of order; expected {receiver.Next}.");
            if (from == 0 && receiver.Offset == 0)
                receiver.Announce(new UploadHeader { Kind = KindOf(kind), FileName = name, Bytes = (ulong)total, Sha256 = ByteString.Empty });
            if (n == 0 && from == 0)
                audit.Imported(receiver.Id);
            await TakeAsync(request.Body, receiver, from, cancellation);
            return TypedResults.Ok(new { upload_id = receiver.Id, files = receiver.Next, offset = receiver.Offset });
        }
        catch (Exception error) when (error is ImagingException)
        {
            var failure = JobFailures.Of(error);
            metrics.Rejected(failure.Reason);
            return TypedResults.Json(new { reason = failure.Reason, message = failure.Message }, statusCode: error is ResourceLimitException ? 429 : 400);
        }
    }

    private static async Task TakeAsync(Stream body, UploadReceiver receiver, long from, CancellationToken cancellation)
    {
        var piece = new byte[PieceBytes];
        for (var offset = from; ;)
        {
            var read = await body.ReadAsync(piece, cancellation);
            if (read == 0)
                return;
            receiver.Take((ulong)offset, piece.AsSpan(0, read));
            offset += read;
        }
    }

    private static (long From, long Total) Range(HttpRequest request)
    {
        if (request.Headers.ContentRange is [{ } text])
            return System.Net.Http.Headers.ContentRangeHeaderValue.TryParse(text, out var range) && range is { From: { } from, Length: { } length }
                ? (from, length)
                : throw new InvalidImageException("Content-Range cannot be read; expected 'bytes FROM-TO/LENGTH'.");
        return (0, request.ContentLength ?? throw new InvalidImageException("The request has no Content-Length; a file is announced with its size."));
    }

    private static ImageKind KindOf(string kind) => kind.ToLower(CultureInfo.InvariantCulture) switch
    {
        "dicom" => ImageKind.Dicom,
        "nifti" => ImageKind.Nifti,
        "picture" => ImageKind.Picture,
        _ => throw new InvalidImageException($"kind is '{kind}'; expected dicom, nifti or picture."),
    };
}
