using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using MRNet.Dicom;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.DicomWeb;

/// <summary>The embedded DICOMweb over a real socket; OHIF and pydicom read it in the end-to-end tests.</summary>
public sealed class DicomWebTests : IAsyncLifetime
{
    private static readonly string[] Files = [.. Directory.GetFiles(RunningServer.TestData("ct-nodule")).Order()];
    private static readonly DicomDataset First = DicomFile.Open(Files[0]).Dataset;
    private static readonly string Study = First.GetString(DicomTag.StudyInstanceUID);
    private static readonly string Series = $"/dicom-web/studies/{Study}/series/{First.GetString(DicomTag.SeriesInstanceUID)}";
    private static readonly string Instance = $"{Series}/instances/{First.GetString(DicomTag.SOPInstanceUID)}";

    private readonly TemporaryFolder folder = new();
    private WebApplication? application;
    private HttpClient http = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder["app"]);
        File.WriteAllText(folder["app/index.html"], "<html>viewer</html>");
        File.WriteAllText(folder["app/extension.js"], "export default {}");
        Directory.CreateDirectory(folder["images"]);
        foreach (var file in Files)
            File.Copy(file, folder[$"images/{Path.GetFileName(file)}"]);
        File.WriteAllText(folder["images/notes.txt"], "no image");
        application = ServerApplication.Create(RunningServer.Options(folder["data"]) with
        {
            Viewer = new() { Enabled = true, Data = [folder["images"]], App = folder["app"], Plugin = folder["app"], Refresh = TimeSpan.FromMilliseconds(200) },
        });
        await application.StartAsync();
        http = new HttpClient { BaseAddress = new(application.Urls.Last()) };
        await EventuallyAsync(async () => (await http.GetAsync("/dicom-web/studies")).StatusCode == HttpStatusCode.OK && (await JsonAsync($"{Series}/instances")).GetArrayLength() == Files.Length);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await application!.StopAsync();
        await application.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_study_is_found_with_its_counts()
    {
        var study = Assert.Single((await JsonAsync("/dicom-web/studies")).EnumerateArray());

        Assert.Equal(Study, Text(study, "0020000D"));
        Assert.Equal(Files.Length, study.GetProperty("00201208").GetProperty("Value")[0].GetInt32());
        Assert.False(study.TryGetProperty("00080018", out _));
    }

    [Theory]
    [InlineData("PatientID=*NODULE*", 1)]
    [InlineData("PatientID=nobody", 0)]
    [InlineData("StudyDate=20250101-20261231", 1)]
    [InlineData("StudyDate=-20200101", 0)]
    [InlineData("ModalitiesInStudy=MR,CT", 1)]
    [InlineData("00100020=", 1)]
    [InlineData("limit=0", 0)]
    [InlineData("offset=1", 0)]
    [InlineData("includefield=all&fuzzymatching=false", 1)]
    public async Task A_search_matches_as_the_standard_says(string query, int studies)
    {
        using var answer = await http.GetAsync($"/dicom-web/studies?{query}");

        Assert.Equal(studies == 0 ? HttpStatusCode.NoContent : HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Reading_a_study_is_recorded_once_without_its_uid()
    {
        for (var i = 0; i < 3; i++)
            (await http.GetAsync($"{Series}/metadata")).EnsureSuccessStatusCode();
        (await http.GetAsync(Instance)).EnsureSuccessStatusCode();

        var transfers = File.ReadAllLines(folder["data/audit.log"]).Where(line => line.Contains("csd-code=\"110104\"", StringComparison.Ordinal)).ToList();
        Assert.Contains("EventActionCode=\"R\"", Assert.Single(transfers), StringComparison.Ordinal);
        Assert.DoesNotContain(Study, File.ReadAllText(folder["data/audit.log"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_come_page_by_page_without_gap_or_repeat()
    {
        var uids = new List<string>();
        for (var offset = 0; offset < Files.Length; offset += 4)
            uids.AddRange((await JsonAsync($"{Series}/instances?limit=4&offset={offset}")).EnumerateArray().Select(one => Text(one, "00080018")));

        Assert.Equal(Files.Length, uids.Distinct().Count());
        Assert.Equal(Files.Length, uids.Count);
    }

    [Fact]
    public async Task A_file_comes_back_byte_for_byte_whole_and_in_ranges()
    {
        var whole = await http.GetByteArrayAsync(Instance);
        using var request = new HttpRequestMessage(HttpMethod.Get, Instance) { Headers = { Range = new RangeHeaderValue(100, 199) } };
        using var part = await http.SendAsync(request);

        Assert.Equal(await File.ReadAllBytesAsync(Files[0]), whole);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(whole[100..200], await part.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_known_file_is_not_sent_again()
    {
        using var first = await http.GetAsync(Instance);
        using var request = new HttpRequestMessage(HttpMethod.Get, Instance) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task A_frame_is_the_decoded_pixels()
    {
        var answer = await http.GetByteArrayAsync($"{Instance}/frames/1");

        var expected = DicomPixelData.Create(DicomFile.Open(Files[0]).Dataset).GetFrame(0);
        Assert.True(answer.AsSpan().IndexOf(expected.Span) > 0);
        Assert.Contains("transfer-syntax=1.2.840.10008.1.2.1", Encoding.Latin1.GetString(answer[..200]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frames/2", HttpStatusCode.BadRequest)]
    [InlineData("frames/x", HttpStatusCode.BadRequest)]
    [InlineData("bulkdata/zzz", HttpStatusCode.NotFound)]
    public async Task What_is_not_there_is_told(string path, HttpStatusCode expected)
    {
        using var answer = await http.GetAsync($"{Instance}/{path}");

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task A_thumbnail_is_a_picture()
    {
        var png = await http.GetByteArrayAsync($"{Instance}/thumbnail");

        Assert.Equal("\x89PNG", Encoding.Latin1.GetString(png[..4]));
    }

    [Fact]
    public async Task A_stored_object_is_found_and_the_users_folder_is_untouched()
    {
        var before = Directory.GetFiles(folder["images"]).Length;
        var copy = DicomFile.Open(Files[0]);
        copy.Dataset.AddOrUpdate(DicomTag.SOPInstanceUID, "2.25.4711");
        copy.Dataset.AddOrUpdate(DicomTag.SeriesInstanceUID, "2.25.4712");
        using var bytes = new MemoryStream();
        copy.Save(bytes);

        using var answer = await http.PostAsync("/dicom-web/studies", Multipart(bytes.ToArray()));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("2.25.4711", Text((await JsonAsync($"/dicom-web/studies/{Study}/series/2.25.4712/instances"))[0], "00080018"));
        Assert.Equal(before, Directory.GetFiles(folder["images"]).Length);
        var recorded = File.ReadAllLines(folder["data/audit.log"]).Single(line => line.Contains("csd-code=\"110104\"", StringComparison.Ordinal) && line.Contains("EventActionCode=\"C\"", StringComparison.Ordinal));
        Assert.Contains("study, keyed hash", recorded, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_object_is_refused_and_leaves_nothing()
    {
        using var answer = await http.PostAsync("/dicom-web/studies", Multipart(Encoding.ASCII.GetBytes("no object")));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Empty(Directory.GetFiles(folder["data/stored"]));
    }

    [Fact]
    public async Task New_files_appear_and_removed_ones_go()
    {
        File.Delete(folder[$"images/{Path.GetFileName(Files[1])}"]);

        await EventuallyAsync(async () => (await JsonAsync($"{Series}/instances")).GetArrayLength() == Files.Length - 1);
    }

    [Fact]
    public async Task A_link_out_of_the_folder_is_not_followed()
    {
        File.CreateSymbolicLink(folder["images/link.dcm"], Directory.GetFiles(RunningServer.TestData("mr-head"))[0]);
        await Task.Delay(600, TestContext.Current.CancellationToken);

        Assert.Single((await JsonAsync("/dicom-web/studies")).EnumerateArray());
    }

    [Fact]
    public async Task The_viewer_is_served_beside_the_status_page()
    {
        Assert.Contains("viewer", await http.GetStringAsync("/viewer/mrnet?StudyInstanceUIDs=1"), StringComparison.Ordinal);
        Assert.Contains("/mrnet/extension.js", await http.GetStringAsync("/app-config.js"), StringComparison.Ordinal);
        Assert.Contains("export default", await http.GetStringAsync("/mrnet/extension.js"), StringComparison.Ordinal);
        Assert.Contains("MRNet.Imaging", await http.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_without_the_viewer_says_how_to_get_it()
    {
        var refused = Assert.Throws<UnsupportedImageException>(() => ServerApplication.Create(RunningServer.Options(folder["other"]) with
        {
            Viewer = new() { Enabled = true, App = folder["nothing"], Plugin = folder["nothing"] },
        }));

        Assert.Contains("not included", refused.Message, StringComparison.Ordinal);
    }

    private static MultipartContent Multipart(byte[] content)
    {
        var multipart = new MultipartContent("related", "part");
        multipart.Headers.ContentType!.Parameters.Add(new NameValueHeaderValue("type", "\"application/dicom\""));
        multipart.Add(new ByteArrayContent(content) { Headers = { ContentType = new("application/dicom") } });
        return multipart;
    }

    private async Task<JsonElement> JsonAsync(string path) => JsonDocument.Parse(await http.GetStringAsync(path)).RootElement;

    private static string Text(JsonElement dataset, string tag) => dataset.GetProperty(tag).GetProperty("Value")[0].GetString()!;

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var n = 0; n < 200; n++)
        {
            if (await condition())
                return;
            await Task.Delay(100);
        }

        Assert.Fail("It did not come about within 20 s.");
    }
}
