using System.Net;
using System.Net.Http.Headers;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using MRNet.Dicom;
using MRNet.Imaging.Client;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests;

/// <summary>The whole server over real sockets.</summary>
public class ServerTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly string ModelId = new ModelStore(RunningServer.Options("").Models[0]).For("CT", 1).Descriptor.Id;

    [Fact]
    public async Task A_series_sent_over_the_wire_gives_what_the_engine_gives()
    {
        var answer = await SegmentAsync(Output.Mask, Output.Probability, Output.Uncertainty, Output.RaterProbability);
        var here = Here();

        Assert.Equal(here.Masks[0], answer.Map(Output.Mask, 1)!.Mask());
        Assert.Equal(here.Maps.Probability[0], answer.Map(Output.Probability, 1)!.Values());
        Assert.Equal(here.Maps.Uncertainty[0], answer.Map(Output.Uncertainty, 1)!.Values());
        for (var r = 0; r < 4; r++)
            Assert.Equal(here.Maps.RaterProbability[r][0], answer.Map(Output.RaterProbability, 1, here.Maps.Raters[r])!.Values());
        Assert.Equal((ulong)here.Measurements[0].Voxels, answer.Summary.Stats.Single().Voxels);
        Assert.Equal(here.Provenance.WeightsSha256, answer.Done.Provenance.WeightsSha256);
    }

    [Fact]
    public async Task The_grid_says_where_the_voxels_lie_and_which_images_they_are()
    {
        var grid = (await SegmentAsync(Output.Mask)).Summary.Grid;
        var volume = ImageInput.Read([RunningServer.TestData("ct-nodule")], new(), null, CancellationToken.None).Volume;

        Assert.Equal(((uint)volume.Grid.Columns, (uint)volume.Grid.Rows, (uint)volume.Grid.Slices), (grid.Columns, grid.Rows, grid.Slices));
        Assert.Equal([volume.Grid.OriginLps.X, volume.Grid.OriginLps.Y, volume.Grid.OriginLps.Z], grid.Origin);
        Assert.Equal([volume.Grid.SpacingMm.X, volume.Grid.SpacingMm.Y, volume.Grid.SpacingMm.Z], grid.Spacing);
        Assert.Equal(9, grid.Direction.Count);
        Assert.Equal(volume.Sources.Select(source => source.SopInstanceUid), grid.SopUids);
        Assert.NotEmpty(grid.FrameOfReferenceUid);
    }

    [Fact]
    public async Task DICOM_objects_of_a_job_have_the_same_uids_however_often_they_are_fetched()
    {
        var answer = await SegmentAsync(Output.DicomSeg, Output.DicomParametricMap, Output.Nifti);

        Assert.Equal(["segmentation.dcm"], Names(answer, Output.DicomSeg));
        Assert.Equal(2, Names(answer, Output.DicomParametricMap).Length);
        Assert.Equal(3, Names(answer, Output.Nifti).Length);
        var seg = answer.Objects.Single(part => part.Header.Kind == Output.DicomSeg);
        var dataset = DicomFile.Open(seg.Content).Dataset;
        Assert.Equal(dataset.GetString(DicomTag.SOPInstanceUID), seg.Header.SopUid);
        Assert.StartsWith("2.25.", seg.Header.SopUid, StringComparison.Ordinal);
        Assert.Equal(seg.Header.SopUid, (await EventsAsync(server.Client.Raw.GetResult(new() { JobId = answer.JobId, Outputs = { Output.DicomSeg } }).ResponseStream)).Single(said => said.Object is not null).Object.SopUid);
    }

    [Fact]
    public async Task Other_weights_give_another_answer_for_the_same_images()
    {
        var first = await SegmentAsync(Output.Probability);
        var request = new ReweightRequest { SessionId = first.Done.SessionId, Weights = new() { Values = { 2, 0, 0, 0 } }, Outputs = { Output.Probability }, ClientSequence = 7, Sample = Sample.Float32 };

        var other = await server.Client.ReweightAsync(request);

        Assert.Equal([1, 0, 0, 0], other.Summary.Weights);
        Assert.Equal((7ul, false, false), (other.Done.ClientSequence, other.Done.Recomputed, first.Done.Recomputed));
        Assert.NotEqual(first.Map(Output.Probability, 1)!.Values(), other.Map(Output.Probability, 1)!.Values());
        Assert.Equal(Here([1, 0, 0, 0]).Maps.Probability[0], other.Map(Output.Probability, 1)!.Values());
    }

    [Fact]
    public async Task A_submitted_job_is_watched_listed_and_fetched_later()
    {
        var raw = server.Client.Raw;
        var request = new SegmentRequest { ModelId = ModelId, Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } }, IdempotencyKey = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c001" };

        var job = await raw.SubmitAsync(request);
        var said = await EventsAsync(raw.Watch(new() { JobId = job.Id }).ResponseStream);

        Assert.NotNull(said[^1].Done);
        Assert.Equal(Enumerable.Range(1, said.Count).Select(i => (ulong)i), said.Select(one => one.Sequence));
        Assert.Equal(job.Id, (await raw.SubmitAsync(request)).Id);
        Assert.Equal(JobState.Done, (await raw.ListAsync(new())).Jobs.Single(one => one.Id == job.Id).State);
        Assert.Contains(await EventsAsync(raw.GetResult(new() { JobId = job.Id }).ResponseStream), one => one.Map?.Kind == Output.Mask);
        Assert.Equal(StatusCode.FailedPrecondition, (await FailsAsync(() => raw.CancelAsync(new() { JobId = job.Id }).ResponseAsync)).StatusCode);
        Assert.Equal(StatusCode.AlreadyExists, (await FailsAsync(() => raw.SubmitAsync(new(request) { Weights = new() { Values = { 1, 0, 0, 0 } } }).ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task A_browser_uploads_over_http_and_is_told_what_is_wrong()
    {
        using var http = new HttpClient { BaseAddress = new(server.Web) };
        var id = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c002";
        for (var n = 0; n < RunningServer.CtFiles.Length; n++)
            (await http.PutAsync($"/v1/uploads/{id}/{n}?kind=dicom&name={n}.dcm", new ByteArrayContent(File.ReadAllBytes(RunningServer.CtFiles[n])))).EnsureSuccessStatusCode();

        using var call = server.Client.Raw.Segment(new() { ModelId = ModelId, Source = new() { UploadId = id } });

        Assert.NotNull((await EventsAsync(call.ResponseStream))[^1].Done);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PutAsync("/v1/uploads/nonsense/0?kind=dicom&name=a", new ByteArrayContent([1]))).StatusCode);
    }

    [Fact]
    public async Task A_browser_goes_on_with_a_file_that_was_cut_off()
    {
        using var http = new HttpClient { BaseAddress = new(server.Web) };
        var id = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c003";
        var file = File.ReadAllBytes(Directory.GetFiles(RunningServer.TestData("fundus"), "*.jpg")[0]);

        foreach (var (from, to) in new[] { (0, 1000), (1000, file.Length) })
        {
            var part = new ByteArrayContent(file[from..to]);
            part.Headers.ContentRange = new ContentRangeHeaderValue(from, to - 1, file.Length);
            (await http.PutAsync($"/v1/uploads/{id}/0?kind=picture&name=eye.jpg", part)).EnsureSuccessStatusCode();
        }

        var stored = Directory.GetFiles(Path.Combine(server.DataFolder, "uploads", id)).Single();
        Assert.Equal(file, File.ReadAllBytes(stored));
    }

    [Fact]
    public async Task Each_form_of_an_object_that_viewers_may_need_comes_as_it_is_asked_for()
    {
        var answer = await SegmentAsync(Output.DicomSeg, Output.DicomSegFractional, Output.DicomSegLabelmap, Output.DicomSegRaters, Output.DicomParametricMapInteger);

        DicomDataset Of(Output kind) => DicomFile.Open(answer.Objects.First(part => part.Header.Kind == kind).Content).Dataset;
        Assert.Equal("BINARY", Of(Output.DicomSeg).GetString(DicomTag.SegmentationType));
        Assert.Equal("FRACTIONAL", Of(Output.DicomSegFractional).GetString(DicomTag.SegmentationType));
        Assert.Equal("LABELMAP", Of(Output.DicomSegLabelmap).GetString(DicomTag.SegmentationType));
        Assert.Equal(4, Of(Output.DicomSegRaters).GetSequence(DicomTag.SegmentSequence).Items.Count);
        Assert.Equal(2, Names(answer, Output.DicomParametricMapInteger).Length);
        Assert.Equal(16, Of(Output.DicomParametricMapInteger).GetSingleValue<int>(DicomTag.BitsAllocated));
        Assert.Equal(6, answer.Objects.Select(part => part.Header.SeriesUid).Distinct().Count()); // viewers show one object of a series
    }

    [Fact]
    public async Task A_report_names_the_segmentation_of_its_job_and_pictures_come_along()
    {
        var answer = await SegmentAsync(Output.DicomSr, Output.DicomSc, Output.DicomSeg);

        Assert.Equal(["report.dcm"], Names(answer, Output.DicomSr));
        Assert.Equal(["overlay.dcm"], Names(answer, Output.DicomSc));
        var seg = answer.Objects.Single(part => part.Header.Kind == Output.DicomSeg);
        var report = answer.Objects.Single(part => part.Header.Kind == Output.DicomSr);
        Assert.Contains(seg.Header.SopUid, System.Text.Encoding.Latin1.GetString(report.Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_id", "model_id is empty", StatusCode.InvalidArgument)]
    [InlineData("unknown", "model_id names no model", StatusCode.NotFound)]
    [InlineData("weights", "weights has 2 values; expected 4", StatusCode.InvalidArgument)]
    [InlineData("threshold", "options.threshold is 2", StatusCode.InvalidArgument)]
    [InlineData("upload", "source.upload_id names no upload", StatusCode.NotFound)]
    [InlineData("root", "folder.root names no shared folder", StatusCode.InvalidArgument)]
    [InlineData("way out", "leads out of the shared folder", StatusCode.InvalidArgument)]
    [InlineData("output", "outputs holds 99", StatusCode.Unimplemented)]
    [InlineData("pacs", "source.dicomweb.pacs names none", StatusCode.InvalidArgument)]
    public async Task What_does_not_fit_is_told_in_a_sentence(string what, string sentence, StatusCode code)
    {
        var request = new SegmentRequest { ModelId = ModelId, Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } } };
        switch (what)
        {
            case "model_id": request.ModelId = ""; break;
            case "unknown": request.ModelId = "nothing"; break;
            case "weights": request.Weights = new() { Values = { 1, 2 } }; break;
            case "threshold": request.Options = new() { Threshold = 2 }; break;
            case "upload": request.Source = new() { UploadId = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c009" }; break;
            case "root": request.Source.Folder.Root = "secret"; break;
            case "way out": request.Source.Folder.Path = "../src"; break;
            case "output": request.Outputs.Add((Output)99); break;
            default: request.Source = new() { Dicomweb = new() }; break;
        }

        var error = await FailsAsync(() => server.Client.Raw.SubmitAsync(request).ResponseAsync);

        Assert.Equal(code, error.StatusCode);
        Assert.Contains(sentence, error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("mrnet.imaging", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Domain);
    }

    [Fact]
    public async Task A_broken_image_fails_with_the_readers_sentence_and_the_server_lives_on()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["broken.dcm"], new byte[1000]);

        var error = await Assert.ThrowsAsync<InvalidImageException>(() => server.Client.SegmentAsync([folder["broken.dcm"]], ImageKind.Dicom, new() { ModelId = ModelId }));

        Assert.DoesNotContain("mistake", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(await server.Client.ListModelsAsync());
    }

    [Fact]
    public async Task A_cancelled_call_cancels_its_job()
    {
        using var cancel = new CancellationTokenSource();
        var started = new Progress<Event>(_ => cancel.Cancel());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            server.Client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = ModelId }, started, cancel.Token));

        for (var i = 0; i < 200 && (await server.Client.Raw.ListAsync(new() { States = { JobState.Queued, JobState.Running } })).Jobs.Count > 0; i++)
            await Task.Delay(20);
        Assert.Empty((await server.Client.Raw.ListAsync(new() { States = { JobState.Queued, JobState.Running } })).Jobs);
    }

    [Fact]
    public async Task Health_reflection_and_pages_answer()
    {
        using var channel = server.Channel();
        var health = new Health.HealthClient(channel);
        await server.Client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = ModelId }); // its model is loaded then
        using var http = new HttpClient { BaseAddress = new(server.Web) };

        Assert.Equal("Healthy", await http.GetStringAsync("/readyz"));
        var page = await http.GetStringAsync("/");
        Assert.Contains(ModelId, page, StringComparison.Ordinal);
        Assert.Contains("Done", page, StringComparison.Ordinal);
        Assert.NotEqual(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, (await health.CheckAsync(new() { Service = "mrnet.imaging.v1.Segmentation" })).Status);
    }

    [Fact]
    public async Task Jobs_and_results_are_there_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        string job;
        await using (var first = ServerApplication.Create(RunningServer.Options(folder["data"])))
        {
            await first.StartAsync();
            using var client = MrnetClient.Connect(first.Urls.First());
            job = (await client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = ModelId })).JobId;
            await first.StopAsync();
        }

        await using var second = ServerApplication.Create(RunningServer.Options(folder["data"]));
        await second.StartAsync();
        using var again = MrnetClient.Connect(second.Urls.First());

        Assert.NotNull((await EventsAsync(again.Raw.GetResult(new() { JobId = job }).ResponseStream))[^1].Done);
        await second.StopAsync();
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused()
    {
        await using var second = ServerApplication.Create(RunningServer.Options(server.DataFolder));

        Assert.Contains("belongs to a running server", (await Assert.ThrowsAnyAsync<ResourceLimitException>(() => second.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_so()
    {
        using var client = MrnetClient.Connect("http://127.0.0.1:9");

        Assert.Contains("cannot be reached", (await Assert.ThrowsAsync<PeerException>(() => client.ListModelsAsync())).Message, StringComparison.Ordinal);
    }

    private Task<Answer> SegmentAsync(params Output[] outputs) =>
        server.Client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = ModelId, Outputs = { outputs }, Options = new() { Sample = Sample.Float32 } });

    private static SegmentationResult Here(float[]? expertness = null)
    {
        var image = ImageInput.Read([RunningServer.TestData("ct-nodule")], new(), null, CancellationToken.None);
        using var model = LoadedModel.Load(new ModelStore(RunningServer.Options("").Models[0]).Find(ModelId));
        return new Segmenter(model, TimeProvider.System).Segment(image.Volume, new() { Expertness = expertness }, null, CancellationToken.None);
    }

    private static string[] Names(Answer answer, Output kind) => [.. answer.Objects.Where(part => part.Header.Kind == kind).Select(part => part.Header.FileName)];

    private static async Task<List<Event>> EventsAsync(IAsyncStreamReader<Event> stream)
    {
        var events = new List<Event>();
        while (await stream.MoveNext(CancellationToken.None))
            events.Add(stream.Current);
        return events;
    }

    private static async Task<RpcException> FailsAsync<T>(Func<Task<T>> call) => await Assert.ThrowsAsync<RpcException>(call);
}
