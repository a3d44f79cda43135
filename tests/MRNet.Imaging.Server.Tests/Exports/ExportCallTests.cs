using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using MRNet.Dicom.Network;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.Exports;

/// <summary>Export over the wire, of a real result to an archive.</summary>
public sealed class ExportCallTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly TestArchive archive = new();
    private WebApplication server = null!;
    private MrnetClient client = null!;

    public async ValueTask InitializeAsync()
    {
        server = ServerApplication.Create(RunningServer.Options(folder["data"]) with { Pacs = new Dictionary<string, PacsOptions> { ["archive"] = new() { Address = archive.Address } } });
        await server.StartAsync();
        client = MrnetClient.Connect(server.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.StopAsync();
        await server.DisposeAsync();
        await archive.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_result_is_sent_once_however_often_it_is_asked_for_and_the_job_says_so()
    {
        archive.Start();
        var job = await SegmentAsync(Output.DicomSeg, Output.DicomParametricMap);

        var first = await ExportAsync(job);
        await ExportAsync(job);

        Assert.Equal(3, first.Count(said => said.Sent is not null));
        Assert.NotNull(first[^1].Done);
        Assert.Equal(archive.Taken.Order(), first.Where(said => said.Sent is not null).Select(said => said.Sent.SopUid).Order());
        var export = Assert.Single((await client.Raw.ListAsync(new())).Jobs.Single(one => one.Id == job).Exports);
        Assert.Equal(("archive", 0u, 3u, 0u, ""), (export.Pacs, export.Pending, export.Sent, export.Parked, export.Reason));
        Assert.Equal(3, (await EventsAsync(client.Raw.Watch(new() { JobId = job }).ResponseStream)).Count(said => said.Sent is not null));
        var metrics = await new HttpClient().GetStringAsync(new Uri(server.Urls.Last() + "/metrics"));
        Assert.Matches("export_sent_total\\{.*\\} 3\\s", metrics);
        Assert.Matches("export_pending\\{.*\\} 0\\s", metrics);
        Assert.Contains("archive: 3 sent", await new HttpClient().GetStringAsync(new Uri(server.Urls.Last())), StringComparison.Ordinal);
        Assert.Contains("archive", (await client.Raw.GetServerAsync(new())).Pacs);
        Assert.Contains("110106", File.ReadAllLines(Path.Combine(folder["data"], "audit.log"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_for_an_archive_that_is_away_is_told_and_the_export_goes_on_without_them()
    {
        var job = await SegmentAsync(Output.DicomSeg, Output.DicomParametricMap);
        using (var call = client.Raw.Export(new() { JobId = job, Pacs = "archive", Outputs = { Output.DicomSeg } }))
        {
            await foreach (var said in call.ResponseStream.ReadAllAsync())
                if (said.Warning is { Reason: "EXPORT_WAITS" } warning)
                {
                    Assert.Contains("cannot be reached", warning.Message, StringComparison.Ordinal);
                    break;
                }
        }

        archive.Start();
        for (var i = 0; i < 1000 && archive.Taken.Length == 0; i++)
            await Task.Delay(20);

        Assert.Single(archive.Taken);
    }

    [Fact]
    public async Task What_the_archive_refuses_is_told_as_unavailable_with_its_words()
    {
        archive.Answer = (_, _) => new DicomStatus(0xC000, "no room for that");
        archive.Start();
        var job = await SegmentAsync(Output.DicomSeg);

        var error = await FailsAsync(new() { JobId = job, Pacs = "archive" });

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("archive did not take 1 of 1 objects: archive answers C000", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("no room for that", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_exported_is_told_in_a_sentence()
    {
        var job = await SegmentAsync(Output.Mask);

        var unknown = await FailsAsync(new() { JobId = job, Pacs = "http://elsewhere/dicom-web" });
        var none = await FailsAsync(new() { JobId = job, Pacs = "archive" });
        var missing = await FailsAsync(new() { JobId = job, Pacs = "archive", Outputs = { Output.DicomSr } });
        var nobodys = await FailsAsync(new() { JobId = "nothing", Pacs = "archive" });

        Assert.Equal((StatusCode.InvalidArgument, "pacs names no archive of this server; expected archive."), (unknown.StatusCode, unknown.Status.Detail));
        Assert.Contains("The job has no DICOM objects", none.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("outputs holds DicomSr", missing.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.NotFound, nobodys.StatusCode);
    }

    private async Task<string> SegmentAsync(params Output[] outputs) =>
        (await client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { outputs } })).JobId;

    private Task<List<Event>> ExportAsync(string job) => EventsAsync(client.Raw.Export(new() { JobId = job, Pacs = "archive" }).ResponseStream);

    private async Task<RpcException> FailsAsync(ExportRequest request) => await Assert.ThrowsAsync<RpcException>(() => EventsAsync(client.Raw.Export(request).ResponseStream));

    private static async Task<List<Event>> EventsAsync(IAsyncStreamReader<Event> stream) => await stream.ReadAllAsync().ToListAsync();
}
