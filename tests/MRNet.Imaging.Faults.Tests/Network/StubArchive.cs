using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using MRNet.Dicom;

namespace MRNet.Imaging.Faults.Tests.Network;

/// <summary>A DICOMweb archive that takes what it is told to take: STOW-RS alone, PS3.18 section 10.5.</summary>
internal sealed class StubArchive : IAsyncDisposable
{
    private readonly WebApplication application;
    private int calls;

    /// <param name="refuse">The failure reason for an instance, 0 to store it; by the number of the call and of the instance in it, both from 0.</param>
    /// <param name="whole">A status for a call as a whole, nothing of which is stored; 0 for none.</param>
    private StubArchive(Func<int, int, ushort> refuse, Func<int, int> whole)
    {
        var builder = WebApplication.CreateSlimBuilder();
        application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        application.MapPost("/dicom-web/studies", async context =>
        {
            var call = Interlocked.Increment(ref calls) - 1;
            var objects = await InstancesAsync(context.Request);
            if (whole(call) is var status and not 0)
                context.Response.StatusCode = status;
            else
                await AnswerAsync(context.Response, [.. objects.Select((item, i) => (item, refuse(call, i)))]);
        });
    }

    /// <summary>SOP Instance UIDs that were stored, as often as they were.</summary>
    public ConcurrentBag<string> Stored { get; } = [];

    public int Calls => calls;

    public string Address => $"{application.Urls.First()}/dicom-web";

    public static async Task<StubArchive> StartAsync(Func<int, int, ushort>? refuse = null, Func<int, int>? whole = null)
    {
        var archive = new StubArchive(refuse ?? ((_, _) => 0), whole ?? (_ => 0));
        await archive.application.StartAsync();
        return archive;
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private async Task AnswerAsync(HttpResponse response, (DicomDataset Item, ushort Reason)[] said)
    {
        foreach (var (item, _) in said.Where(one => one.Reason == 0))
            Stored.Add(item.GetString(DicomTag.SOPInstanceUID));
        var answer = new DicomDataset();
        if (said.Any(one => one.Reason == 0))
            answer.Add(DicomTag.ReferencedSOPSequence, [.. said.Where(one => one.Reason == 0).Select(one => Reference(one.Item))]);
        if (said.Any(one => one.Reason != 0))
            answer.Add(DicomTag.FailedSOPSequence, [.. said.Where(one => one.Reason != 0).Select(one => Reference(one.Item).Add(DicomTag.FailureReason, one.Reason))]);
        response.StatusCode = said.All(one => one.Reason == 0) ? 200 : said.Any(one => one.Reason == 0) ? 202 : 409;
        response.ContentType = "application/dicom+json";
        await response.WriteAsync($"[{DicomJson.ConvertDicomToJson(answer)}]");
    }

    private static DicomDataset Reference(DicomDataset item) => new DicomDataset()
        .Add(DicomTag.ReferencedSOPClassUID, item.GetString(DicomTag.SOPClassUID))
        .Add(DicomTag.ReferencedSOPInstanceUID, item.GetString(DicomTag.SOPInstanceUID));

    private static async Task<List<DicomDataset>> InstancesAsync(HttpRequest request)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).Value!;
        var reader = new MultipartReader(boundary, request.Body);
        var objects = new List<DicomDataset>();
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            using var content = new MemoryStream();
            await section.Body.CopyToAsync(content);
            objects.Add(DicomFile.Open(content.ToArray()).Dataset);
        }

        return objects;
    }
}
