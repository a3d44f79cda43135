using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.Client;

/// <summary>The client against the real server.</summary>
public sealed class MrnetClientTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task The_example_of_the_readme_runs()
    {
        Assert.InRange(await ReadmeExample.RunAsync(server.Grpc, RunningServer.TestData("ct-nodule")), 2.0, 5.5); // mL, as the readers drew it
    }

    [Fact]
    public void The_readme_shows_the_example_that_is_compiled()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

        Assert.All(ReadmeExample.Lines(), line => Assert.Contains(line, readme, StringComparison.Ordinal));
        Assert.True(ReadmeExample.Lines().Length > 3);
    }

    [Fact]
    public async Task A_job_is_submitted_watched_fetched_reweighted_and_released()
    {
        var request = new SegmentRequest { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.DicomSeg }, IdempotencyKey = Guid.NewGuid().ToString() };
        var events = new List<Event>();

        var job = await server.Client.SubmitAsync(RunningServer.CtFiles, ImageKind.Dicom, request, new Listed(events));
        var again = await server.Client.SubmitAsync(RunningServer.CtFiles, ImageKind.Dicom, request);
        var done = await server.Client.WatchAsync(job.Id, new Listed(events));
        var answer = await server.Client.GetResultAsync(job.Id, [Output.DicomSeg]);
        var other = await server.Client.ReweightAsync(new() { SessionId = done.SessionId, Weights = new() { Values = { 1, 0, 0, 0 } } });
        await server.Client.ReleaseAsync(done.SessionId);

        Assert.Equal(job.Id, again.Id);
        Assert.Equal((uint)RunningServer.CtFiles.Length, events.Last(said => said.Progress?.Stage == Stage.Receiving).Progress.Done);
        Assert.Equal(Output.DicomSeg, Assert.Single(answer.Objects).Header.Kind);
        Assert.Empty(answer.Maps);
        Assert.Equal([1, 0, 0, 0], other.Summary.Weights);
        Assert.Contains(await server.Client.ListAsync([JobState.Done]).ToListAsync(), one => one.Id == job.Id);
        Assert.Contains("DONE", (await Assert.ThrowsAsync<PeerException>(() => server.Client.CancelAsync(job.Id))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_that_were_sent_once_serve_several_requests()
    {
        var upload = await server.Client.UploadAsync(RunningServer.CtFiles, ImageKind.Dicom);
        var request = new SegmentRequest { ModelId = "ct-lung-nodule", Source = new() { UploadId = upload.UploadId } };

        var first = await server.Client.SegmentAsync(request);
        var second = await server.Client.SegmentAsync(request);

        Assert.NotEqual(first.JobId, second.JobId);
        Assert.Equal(first.Map(Output.Mask, 1)!.Mask(), second.Map(Output.Mask, 1)!.Mask());
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_the_callers_error_and_ends_the_call() =>
        await Assert.ThrowsAsync<FileNotFoundException>(() => server.Client.SegmentAsync(["nowhere.dcm"], ImageKind.Dicom, new() { ModelId = "ct-lung-nodule" }));

    [Fact]
    public async Task Export_says_what_it_cannot_do() =>
        await Assert.ThrowsAnyAsync<ImagingException>(() => server.Client.ExportAsync("0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c00f", "nowhere"));

    [Fact]
    public async Task A_submit_with_a_key_waits_for_a_server_that_comes_late()
    {
        using var folder = new TemporaryFolder();
        var options = RunningServer.Options(folder["data"]) with { Port = FreePort.One() };
        using var client = MrnetClient.Connect($"http://127.0.0.1:{options.Port}");

        var submitted = client.SubmitAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", IdempotencyKey = Guid.NewGuid().ToString() });
        await Task.Delay(100);
        await using var late = ServerApplication.Create(options);
        await late.StartAsync();

        Assert.NotNull(await client.WatchAsync((await submitted).Id));
        await late.StopAsync();
    }

    private sealed class Listed(List<Event> events) : IProgress<Event>
    {
        public void Report(Event value) => events.Add(value);
    }
}
