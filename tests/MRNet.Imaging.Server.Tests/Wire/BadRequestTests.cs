using Google.Rpc;
using Grpc.Core;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Tests.Wire;

/// <summary>What does not fit, over real sockets: the status, and in its details the field, what was found and what is wanted.</summary>
public sealed class BadRequestTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Unknown = "0b0c6b9e-21d4-4a6c-9a5f-1d5a3ff2c00f";

    private static readonly Dictionary<string, Action<SegmentRequest>> Spoilt = new()
    {
        ["no model"] = request => request.ModelId = "",
        ["unknown model"] = request => request.ModelId = "nothing",
        ["a weight too few"] = request => request.Weights = new() { Values = { 1, 1, 1 } },
        ["a weight below 0"] = request => request.Weights = new() { Values = { 1, 1, 1, -1 } },
        ["a weight that is no number"] = request => request.Weights = new() { Values = { 1, 1, 1, float.NaN } },
        ["weights of 0"] = request => request.Weights = new() { Values = { 0, 0, 0, 0 } },
        ["threshold"] = request => request.Options = new() { Threshold = 1.5f },
        ["threshold that is no number"] = request => request.Options = new() { Threshold = float.NaN },
        ["slices"] = request => request.Options = new() { SliceFrom = 4, SliceTo = 4 },
        ["tilt"] = request => request.Options = new() { Tilt = "shear" },
        ["label"] = request => request.Options = new() { ContentLabel = "MINE" },
        ["sample"] = request => request.Options = new() { Sample = Sample.Uint16 },
        ["unknown sample"] = request => request.Options = new() { Sample = (Sample)77 },
        ["unknown quality"] = request => request.Options = new() { Quality = (Protocol.V1.Quality)77 },
        ["region of nothing"] = request => request.Options = new() { Region = new() },
        ["region of two numbers"] = request => request.Options = new() { Region = new() { Around = new() { PointLps = { 1, 2 }, SizeMm = { 1, 1, 1 } } } },
        ["corner without numbers"] = request => request.Options = new() { Region = new() { Between = new() { CornerLps = { 1, 2, 3 } } } },
        ["uncertainty of a preview"] = request => (request.Options, request.Outputs[0]) = (new() { Quality = Protocol.V1.Quality.Preview }, Output.Uncertainty),
        ["unknown output"] = request => request.Outputs[0] = (Output)77,
        ["key"] = request => request.IdempotencyKey = "monday",
        ["no source"] = request => request.Source = null,
        ["unknown upload"] = request => request.Source = new() { UploadId = Unknown },
        ["unknown session"] = request => request.Source = new() { SessionId = Unknown },
        ["unknown root"] = request => request.Source.Folder.Root = "secret",
        ["way out"] = request => request.Source.Folder.Path = "../src",
        ["way out in the middle"] = request => request.Source.Folder.Path = "ct-nodule/../../src",
        ["absolute path"] = request => request.Source.Folder.Path = "/etc/passwd",
        ["nothing there"] = request => request.Source.Folder.Path = "nowhere",
        ["uid"] = request => request.Options = new() { Reading = new() { SeriesUid = "1.2.840'; DROP TABLE" } },
        ["long uid"] = request => request.Options = new() { Reading = new() { SeriesUid = new string('1', 65) } },
        ["uid of a study"] = request => request.Source = new() { Dicomweb = new() { StudyUid = "../../etc" } },
        ["dicomweb"] = request => request.Source = new() { Dicomweb = new() { StudyUid = "1.2", SeriesUid = "1.2.3" } },
    };

    [Theory]
    [InlineData("no model", StatusCode.InvalidArgument, "INVALID_IMAGE", "model_id", "empty", "one of ListModels")]
    [InlineData("unknown model", StatusCode.NotFound, "UNKNOWN_MODEL", "model_id", "no model of this server", "one of ct-lung-nodule")]
    [InlineData("a weight too few", StatusCode.InvalidArgument, "INVALID_IMAGE", "weights", "3 values", "4, one for each rater of the model")]
    [InlineData("a weight below 0", StatusCode.InvalidArgument, "INVALID_IMAGE", "weights", "a value that is negative", "weights from 0 up")]
    [InlineData("a weight that is no number", StatusCode.InvalidArgument, "INVALID_IMAGE", "weights", "not a number", "weights from 0 up")]
    [InlineData("weights of 0", StatusCode.InvalidArgument, "INVALID_IMAGE", "weights", "only zeros", "weights from 0 up")]
    [InlineData("threshold", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.threshold", "1.5", "up to 1")]
    [InlineData("threshold that is no number", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.threshold", "NaN", "up to 1")]
    [InlineData("slices", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.slice_from", "4 and slice_to 4", "from below to")]
    [InlineData("tilt", StatusCode.Unimplemented, "UNSUPPORTED_IMAGE", "options.tilt", "set", "none")]
    [InlineData("label", StatusCode.Unimplemented, "UNSUPPORTED_IMAGE", "options.content_label", "set", "none")]
    [InlineData("sample", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.sample", "Uint16", "UINT8 or FLOAT32")]
    [InlineData("unknown sample", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.sample", "77", "UINT8 or FLOAT32")]
    [InlineData("unknown quality", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.quality", "77", "FULL or PREVIEW")]
    [InlineData("region of nothing", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.region", "empty", "a box")]
    [InlineData("region of two numbers", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.region.around.point_lps", "2 numbers", "3 finite ones")]
    [InlineData("corner without numbers", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.region.between.opposite_lps", "0 numbers", "3 finite ones")]
    [InlineData("uncertainty of a preview", StatusCode.InvalidArgument, "INVALID_IMAGE", "outputs", "Uncertainty", "none of the raters'")]
    [InlineData("unknown output", StatusCode.Unimplemented, "UNSUPPORTED_IMAGE", "outputs", "77", "Mask")]
    [InlineData("key", StatusCode.InvalidArgument, "INVALID_IMAGE", "idempotency_key", "no UUID", "8-4-4-4-12")]
    [InlineData("no source", StatusCode.InvalidArgument, "INVALID_IMAGE", "source", "empty", "an upload_id")]
    [InlineData("unknown upload", StatusCode.NotFound, "NOT_FOUND", "source.upload_id", "no upload of this caller", "one of Upload")]
    [InlineData("unknown session", StatusCode.NotFound, "NOT_FOUND", "session_id", "no session of this caller", "one of Done")]
    [InlineData("unknown root", StatusCode.InvalidArgument, "INVALID_IMAGE", "folder.root", "no shared folder", "samples")]
    [InlineData("way out", StatusCode.InvalidArgument, "INVALID_IMAGE", "folder.path", "out of the shared folder", "a relative path")]
    [InlineData("way out in the middle", StatusCode.InvalidArgument, "INVALID_IMAGE", "folder.path", "out of the shared folder", "a relative path")]
    [InlineData("absolute path", StatusCode.InvalidArgument, "INVALID_IMAGE", "folder.path", "out of the shared folder", "a relative path")]
    [InlineData("nothing there", StatusCode.InvalidArgument, "INVALID_IMAGE", "folder.path", "nothing in the shared folder", "a file or folder")]
    [InlineData("uid", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.reading.series_uid", "no UID", "digits and dots")]
    [InlineData("long uid", StatusCode.InvalidArgument, "INVALID_IMAGE", "options.reading.series_uid", "no UID", "up to 64")]
    [InlineData("uid of a study", StatusCode.InvalidArgument, "INVALID_IMAGE", "source.dicomweb.study_uid", "no UID", "digits and dots")]
    [InlineData("dicomweb", StatusCode.InvalidArgument, "INVALID_IMAGE", "source.dicomweb.pacs", "none of this server", "no DICOMweb archive")]
    public async Task A_request_that_does_not_fit_is_refused_by_field(string what, StatusCode code, string reason, string field, string found, string wanted)
    {
        var request = Good();
        Spoilt[what](request);

        await RefusedAsync(() => server.Client.Raw.SubmitAsync(request).ResponseAsync, code, reason, field, found, wanted);
    }

    [Fact]
    public async Task An_unknown_job_is_not_found()
    {
        var raw = server.Client.Raw;

        await RefusedAsync(() => FirstAsync(raw.Watch(new() { JobId = Unknown })), StatusCode.NotFound, "NOT_FOUND", "job_id", "no job of this caller", "one of List");
        await RefusedAsync(() => FirstAsync(raw.GetResult(new() { JobId = Unknown })), StatusCode.NotFound, "NOT_FOUND", "job_id", "no job of this caller", "one of List");
        await RefusedAsync(() => raw.CancelAsync(new() { JobId = Unknown }).ResponseAsync, StatusCode.NotFound, "NOT_FOUND", "job_id", "no job of this caller", "one of List");
    }

    [Fact]
    public async Task An_unknown_session_or_page_and_an_output_that_was_not_asked_for_are_refused()
    {
        var raw = server.Client.Raw;
        var job = await server.Client.SubmitAsync(Good());
        await server.Client.WatchAsync(job.Id);

        await RefusedAsync(() => FirstAsync(raw.Reweight(new() { SessionId = Unknown })), StatusCode.NotFound, "NOT_FOUND", "session_id", "no session", "one of Done");
        await RefusedAsync(() => raw.ListAsync(new() { PageToken = "x" }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_IMAGE", "page_token", "none of a ListResponse", "nothing");
        await RefusedAsync(() => raw.ListAsync(new() { States = { (JobState)77 } }).ResponseAsync, StatusCode.InvalidArgument, "INVALID_IMAGE", "states", "77", "QUEUED");
        await RefusedAsync(() => FirstAsync(raw.GetResult(new() { JobId = job.Id, Outputs = { Output.DicomSeg } })), StatusCode.InvalidArgument, "INVALID_IMAGE", "outputs", "DicomSeg", "Mask");
        await RefusedAsync(() => raw.CancelAsync(new() { JobId = job.Id }).ResponseAsync, StatusCode.FailedPrecondition, "NOT_READY", "job", "DONE", "one that waits or runs");
    }

    [Fact]
    public async Task A_region_beyond_all_numbers_fails_the_job_and_not_the_server()
    {
        var request = Good();
        request.Options = new() { Region = new() { Box = new() { X = int.MaxValue, Columns = uint.MaxValue, Rows = 1, Slices = 1 } } };

        var error = await Assert.ThrowsAsync<RpcException>(() => FirstAsync(server.Client.Raw.Segment(request)));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.NotEmpty(await server.Client.ListModelsAsync());
    }

    private static SegmentRequest Good() =>
        new() { ModelId = "ct-lung-nodule", Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } }, Outputs = { Output.Mask } };

    /// <summary>All of a stream, for its error.</summary>
    private static async Task<int> FirstAsync(AsyncServerStreamingCall<Event> call)
    {
        using (call)
            return await call.ResponseStream.ReadAllAsync().CountAsync();
    }

    private async Task RefusedAsync<T>(Func<Task<T>> call, StatusCode code, string reason, string field, string found, string wanted)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);

        Assert.Equal(code, error.StatusCode);
        var info = error.GetRpcStatus()!.GetDetail<ErrorInfo>()!;
        Assert.Equal(("mrnet.imaging", reason, field), (info.Domain, info.Reason, info.Metadata["field"]));
        Assert.Contains(found, info.Metadata["found"], StringComparison.Ordinal);
        Assert.Contains(wanted, info.Metadata["wanted"], StringComparison.Ordinal);
        Assert.NotEmpty((await server.Client.GetServerAsync()).Version); // it lives on
    }
}
