using Grpc.Core;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Tests.Client;

/// <summary>Uploads whose writes end wrongly: never, as .NET's HTTP/2 leaves one in some thousands that a server refuses in the middle, or without an answer.</summary>
public sealed class RefusedUploadTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider clock = Some.Clock();
    private readonly TaskCompletionSource<UploadReply> answer = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_write_that_never_ends_ends_with_the_servers_answer()
    {
        var upload = UploadAsync(RunningServer.CtFiles[0], new TaskCompletionSource().Task);
        Assert.False(upload.IsCompleted);

        answer.SetException(new RpcException(new(StatusCode.ResourceExhausted, "full")));

        Assert.Equal("full", (await Assert.ThrowsAsync<RpcException>(() => upload.WaitAsync(Soon))).Status.Detail);
    }

    [Fact]
    public async Task A_write_that_fails_without_an_answer_is_a_broken_connection()
    {
        var upload = UploadAsync(RunningServer.CtFiles[0], Task.FromException(new InvalidOperationException("The call is complete.")));

        for (var i = 0; i < 1000 && !upload.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        var error = await Assert.ThrowsAsync<RpcException>(() => upload.WaitAsync(Soon));
        Assert.True(StatusErrors.IsAway(error));
        Assert.Contains("connection ended in the middle", StatusErrors.Of(error, CancellationToken.None).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_ends_it() =>
        await Assert.ThrowsAsync<FileNotFoundException>(() => UploadAsync(folder["nowhere.dcm"], Task.CompletedTask).WaitAsync(Soon));

    private Task<UploadReply> UploadAsync(string file, Task write)
    {
        var call = new AsyncClientStreamingCall<UploadChunk, UploadReply>(new Writer(write), answer.Task, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        return FileSending.UploadAsync(call, [file], ImageKind.Dicom, null, clock, CancellationToken.None);
    }

    private sealed class Writer(Task write) : IClientStreamWriter<UploadChunk>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(UploadChunk message) => write;

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
