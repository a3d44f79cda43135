using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using MRNet.Dicom;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>
/// A small DICOMweb service (PS3.18 chapter 10) over the index: QIDO-RS, WADO-RS, and STOW-RS into a folder of our own. The files it
/// shows are only read.
/// </summary>
internal static class DicomWebRoutes
{
    private const string Json = "application/dicom+json";
    private const string Instance = "/studies/{study}/series/{series}/instances/{sop}";

    public static RouteGroupBuilder Map(IEndpointRouteBuilder routes)
    {
        var web = routes.MapGroup("/dicom-web");
        web.MapGet("/studies", (HttpRequest request, ImageIndex index) => Answer(Search.Studies(index.Instances, request.Query)));
        web.MapGet("/series", (HttpRequest request, ImageIndex index) => Answer(Search.Series(index.Instances, request.Query)));
        web.MapGet("/instances", (HttpRequest request, ImageIndex index) => Answer(Search.Instances(index.Instances, request.Query)));
        web.MapGet("/studies/{study}/series", (string study, HttpRequest request, ImageIndex index) => Answer(Search.Series(index.Find(study), request.Query)));
        web.MapGet("/studies/{study}/instances", (string study, HttpRequest request, ImageIndex index) => Answer(Search.Instances(index.Find(study), request.Query)));
        web.MapGet("/studies/{study}/series/{series}/instances", (string study, string series, HttpRequest request, ImageIndex index) => Answer(Search.Instances(index.Find(study, series), request.Query)));

        var images = web.MapGroup("").AddEndpointFilter((call, next) =>
        {
            call.HttpContext.RequestServices.GetRequiredService<StudyReads>().Record(call.HttpContext);
            return next(call);
        });
        images.MapGet("/studies/{study}/metadata", (string study, ImageIndex index, HttpRequest request) => Metadata(index.Find(study), request));
        images.MapGet("/studies/{study}/series/{series}/metadata", (string study, string series, ImageIndex index, HttpRequest request) => Metadata(index.Find(study, series), request));
        images.MapGet(Instance + "/metadata", (string study, string series, string sop, ImageIndex index, HttpRequest request) => Metadata(index.Find(study, series, sop), request));
        images.MapGet("/studies/{study}", (string study, ImageIndex index, HttpContext context) => AllAsync([.. index.Find(study)], context));
        images.MapGet("/studies/{study}/series/{series}", (string study, string series, ImageIndex index, HttpContext context) => AllAsync([.. index.Find(study, series)], context));
        images.MapGet(Instance, WholeAsync);
        images.MapGet(Instance + "/frames/{frames}", FramesAsync);
        images.MapGet(Instance + "/bulkdata/{tag}", BulkData);
        foreach (var picture in new[] { "/rendered", "/thumbnail", "/frames/1/rendered" })
            images.MapGet(Instance + picture, Rendered);
        web.MapPost("/studies", StoreAsync).RequireAuthorization(nameof(Rights.Export));
        web.MapPost("/studies/{study}", StoreAsync).RequireAuthorization(nameof(Rights.Export));
        return web;
    }

    private static IResult Answer(IReadOnlyList<DicomDataset> found) =>
        found.Count == 0 ? TypedResults.NoContent() : TypedResults.Text(DicomJson.ConvertDicomToJson(found), Json);

    private static IResult Metadata(IEnumerable<IndexedInstance> instances, HttpRequest request)
    {
        var found = instances.ToList();
        if (found.Count == 0)
            return TypedResults.NotFound();
        return TypedResults.Text($"[{string.Join(',', found.Select(instance => MetadataOf(instance, request)))}]", Json);
    }

    private static string MetadataOf(IndexedInstance instance, HttpRequest request)
    {
        var uri = $"{request.Scheme}://{request.Host}/dicom-web/studies/{instance.Study}/series/{instance.Series}/instances/{instance.Sop}/bulkdata/";
        return DicomJson.ConvertDicomToJson(ServedImage.Metadata(instance.Path), new DicomJsonOptions
        {
            BulkDataUri = item => IsLarge(item) ? uri + $"{item.Tag.Group:X4}{item.Tag.Element:X4}" : null,
        });
    }

    private static bool IsLarge(DicomItem item) =>
        item.Tag == DicomTag.PixelData || item.Tag == DicomTag.FloatPixelData || item.Tag == DicomTag.DoubleFloatPixelData || item is DicomElement { Length: > 1024 };

    /// <summary>The file as it lies there: alone where it is asked for so (with ranges), else as the only part of a multipart message.</summary>
    private static async Task WholeAsync(string study, string series, string sop, ImageIndex index, HttpContext context)
    {
        if (One(index, study, series, sop) is not { } instance)
        {
            await TypedResults.NotFound().ExecuteAsync(context);
            return;
        }

        var tag = new EntityTagHeaderValue($"\"{instance.Written.Ticks:x}-{instance.Bytes:x}\"");
        context.Response.Headers.CacheControl = "private, max-age=3600";
        if (!context.Request.Headers.Accept.ToString().Contains("multipart", StringComparison.OrdinalIgnoreCase))
        {
            await TypedResults.PhysicalFile(instance.Path, "application/dicom", null, instance.Written, tag, enableRangeProcessing: true).ExecuteAsync(context);
            return;
        }

        await AllAsync([instance], context);
    }

    /// <summary>Files as they lie there, one after another.</summary>
    private static async Task AllAsync(IReadOnlyList<IndexedInstance> instances, HttpContext context)
    {
        if (instances.Count == 0)
        {
            await TypedResults.NotFound().ExecuteAsync(context);
            return;
        }

        await using var parts = new MultipartAnswer(context.Response, "application/dicom");
        foreach (var instance in instances)
        {
            await parts.BeginAsync("application/dicom", context.RequestAborted);
            await context.Response.SendFileAsync(instance.Path, context.RequestAborted);
        }
    }

    private static async Task FramesAsync(string study, string series, string sop, string frames, ImageIndex index, HttpContext context)
    {
        var numbers = frames.Split(',').Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToList();
        if (One(index, study, series, sop) is not { } instance)
        {
            await TypedResults.NotFound().ExecuteAsync(context);
            return;
        }

        var dataset = DicomFile.Open(instance.Path).Dataset;
        var pixels = DicomPixelData.Create(dataset);
        if (numbers.Any(number => number < 1 || number > pixels.NumberOfFrames))
        {
            await TypedResults.BadRequest($"frames is '{frames}'; expected numbers from 1 to {pixels.NumberOfFrames}.").ExecuteAsync(context);
            return;
        }

        var decoded = numbers.ConvertAll(number => ServedImage.Frame(dataset, pixels, number - 1)); // before the answer begins, so that a damaged frame is a plain error
        context.Response.Headers.CacheControl = "private, max-age=3600";
        await using var parts = new MultipartAnswer(context.Response, "application/octet-stream");
        foreach (var frame in decoded)
        {
            await parts.BeginAsync($"application/octet-stream; transfer-syntax={DicomUID.ExplicitVRLittleEndian.UID}", context.RequestAborted);
            await context.Response.Body.WriteAsync(frame, context.RequestAborted);
        }
    }

    private static IResult BulkData(string study, string series, string sop, string tag, ImageIndex index)
    {
        if (One(index, study, series, sop) is not { } instance || !DicomTag.TryParse(tag, out var wanted))
            return TypedResults.NotFound();
        return DicomFile.Open(instance.Path).Dataset.TryGetRaw(wanted, out var bytes) ? TypedResults.Bytes(bytes, "application/octet-stream") : TypedResults.NotFound();
    }

    /// <summary>A picture of the middle frame, as its window says.</summary>
    private static IResult Rendered(string study, string series, string sop, ImageIndex index) => One(index, study, series, sop) is { } instance
        ? TypedResults.Bytes(RenderedFrame.Png(instance.Path), "image/png")
        : TypedResults.NotFound();

    private static async Task<IResult> StoreAsync(StoredObjects stored, ImageIndex index, StudyReads reads, HttpRequest request, CancellationToken cancellation)
    {
        var outcomes = await stored.TakeAsync(request, cancellation);
        reads.Stored(request.HttpContext, outcomes);
        await index.LookAsync(cancellation);
        var answer = DicomJson.ConvertDicomToJson(StoreAnswer.Of(outcomes));
        var failed = outcomes.Count(outcome => outcome.Failure is not null);
        var status = failed == 0 ? StatusCodes.Status200OK : failed < outcomes.Count ? StatusCodes.Status202Accepted : StatusCodes.Status409Conflict;
        return TypedResults.Text(answer, Json, Encoding.UTF8, status);
    }

    private static IndexedInstance? One(ImageIndex index, string study, string series, string sop) => index.Find(study, series, sop).FirstOrDefault();
}
