using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using MRNet.Dicom;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.Archives;

/// <summary>A series by its name: of the server's own viewer, and fetched from a DICOMweb archive, which is another server's viewer.</summary>
public sealed class SeriesFetchTests : IAsyncLifetime
{
    private static readonly DicomDataset First = DicomFile.Open(RunningServer.CtFiles[0]).Dataset;

    private readonly TemporaryFolder folder = new();
    private readonly List<WebApplication> servers = [];
    private MrnetClient archive = null!;
    private MrnetClient client = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder["app"]);
        File.WriteAllText(folder["app/index.html"], "<html>viewer</html>");
        File.WriteAllText(folder["app/extension.js"], "export default {}");
        archive = await StartAsync(RunningServer.Options(folder["archive"]) with { Viewer = new() { Enabled = true, Data = [RunningServer.TestData("ct-nodule")], App = folder["app"], Plugin = folder["app"] } });
        client = await StartAsync(RunningServer.Options(folder["data"]) with
        {
            Pacs = new Dictionary<string, PacsOptions>
            {
                ["images"] = new() { Address = servers[0].Urls.Last() + "/dicom-web" },
                ["away"] = new() { Address = $"http://127.0.0.1:{FreePort.One()}/dicom-web" },
                ["dimse"] = new() { Address = "ARCHIVE@127.0.0.1:104" },
            },
            Uploads = new() { KeepFree = 0, MaxFiles = RunningServer.CtFiles.Length },
        });
        using var http = new HttpClient();
        for (var i = 0; i < 200 && !(await http.GetStringAsync(servers[0].Urls.Last() + "/dicom-web/studies")).Contains("0020000D", StringComparison.Ordinal); i++)
            await Task.Delay(20);
    }

    public async ValueTask DisposeAsync()
    {
        archive.Dispose();
        client.Dispose();
        foreach (var server in servers)
        {
            await server.StopAsync();
            await server.DisposeAsync();
        }

        folder.Dispose();
    }

    [Fact]
    public async Task A_fetched_series_gives_what_an_uploaded_one_gives_and_nothing_of_it_is_kept()
    {
        var sent = await client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask } });

        var fetched = await SegmentAsync(client, "images");
        var own = await SegmentAsync(archive, ArchiveList.Viewer);

        var mask = sent.Map(Output.Mask, 1)!.Mask();
        Assert.Equal(mask, fetched.Map(Output.Mask, 1)!.Mask());
        Assert.Equal(mask, own.Map(Output.Mask, 1)!.Mask());
        Assert.Equal(First.GetString(DicomTag.StudyInstanceUID), Assert.Single(fetched.Objects).Header.StudyUid);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder["data"], "fetched")));
        Assert.Equal(["away", "images"], (await client.Raw.GetServerAsync(new())).Dicomweb);
        Assert.Equal(["viewer"], (await archive.Raw.GetServerAsync(new())).Dicomweb);
    }

    [Fact]
    public async Task A_result_is_exported_to_a_DICOMweb_archive()
    {
        var job = (await SegmentAsync(client, "images")).JobId;

        await client.ExportAsync(job, "images");
        await client.ExportAsync(job, "images");

        var stored = Assert.Single(Directory.GetFiles(Path.Combine(folder["archive"], "stored")));
        var export = (await client.Raw.ListAsync(new())).Jobs.Single(one => one.Id == job).Exports.Single();
        Assert.Equal(("images", 1u, 0u), (export.Pacs, export.Sent, export.Pending));
        Assert.Equal(DicomUID.SegmentationStorage.UID, DicomFile.Open(stored).Dataset.GetString(DicomTag.SOPClassUID));
    }

    [Fact]
    public async Task What_cannot_be_fetched_is_told_in_a_sentence_with_its_status()
    {
        var absent = await FailsAsync(Source("images", series: "1.2.3"));
        var away = await FailsAsync(Source("away"));
        var dimse = await FailsAsync(Source("dimse"));
        var nameless = await FailsAsync(Source("images", series: ""));

        Assert.Equal((StatusCode.NotFound, true), (absent.StatusCode, absent.Status.Detail.Contains("names no instances that images has", StringComparison.Ordinal)));
        Assert.Equal((StatusCode.Unavailable, true), (away.StatusCode, away.Status.Detail.Contains("away: The server cannot be reached", StringComparison.Ordinal)));
        Assert.Equal((StatusCode.InvalidArgument, "source.dicomweb.pacs names none of this server; expected away, images."), (dimse.StatusCode, dimse.Status.Detail));
        Assert.Contains("no series_uid", nameless.Status.Detail, StringComparison.Ordinal);
    }

    private static Source Source(string pacs, string? series = null) => new()
    {
        Dicomweb = new() { Pacs = pacs, StudyUid = First.GetString(DicomTag.StudyInstanceUID), SeriesUid = series ?? First.GetString(DicomTag.SeriesInstanceUID) },
    };

    private static async Task<Answer> SegmentAsync(MrnetClient client, string pacs) =>
        await client.SegmentAsync(new SegmentRequest { ModelId = "ct-lung-nodule", Source = Source(pacs), Outputs = { Output.Mask, Output.DicomSeg } });

    private async Task<RpcException> FailsAsync(Source source)
    {
        using var call = client.Raw.Segment(new() { ModelId = "ct-lung-nodule", Source = source });
        return await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.ReadAllAsync().ToListAsync());
    }

    private async Task<MrnetClient> StartAsync(ServerOptions options)
    {
        var server = ServerApplication.Create(options);
        servers.Add(server);
        await server.StartAsync();
        return MrnetClient.Connect(server.Urls.First());
    }
}
