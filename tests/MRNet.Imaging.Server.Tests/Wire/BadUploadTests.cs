using System.Security.Cryptography;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests.Wire;

/// <summary>Uploads that break off, lie or never end: refused at once, nothing of them is kept, and the next call is answered.</summary>
public sealed class BadUploadTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private WebApplication? application;
    private MrnetClient client = null!;

    private string Uploads => Path.Combine(folder["data"], "uploads");

    public async ValueTask InitializeAsync()
    {
        var options = RunningServer.Options(folder["data"]);
        application = ServerApplication.Create(options with { Uploads = options.Uploads with { MaxBytes = 3000, MaxFiles = 3 } });
        await application.StartAsync();
        client = MrnetClient.Connect(application.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await application!.StopAsync();
        await application.DisposeAsync();
        folder.Dispose();
    }

    private static readonly Dictionary<string, UploadChunk[]> Spoilt = new()
    {
        ["nothing"] = [],
        ["empty message"] = [Header(2), new()],
        ["no header"] = [Piece(0, 2)],
        ["truncated"] = [Header(10), Piece(0, 4)],
        ["next file too early"] = [Header(10), Piece(0, 4), Header(2, "b.dcm")],
        ["out of order"] = [Header(10), Piece(4, 4)],
        ["twice"] = [Header(10), Piece(0, 4), Piece(0, 4)],
        ["beyond the end"] = [Header(10), Piece(0, 11)],
        ["after the end"] = [Header(2), Piece(0, 2), Piece(2, 1)],
        ["too large"] = [Header(3001)],
        ["absurdly large"] = [new() { Header = new() { Kind = ImageKind.Dicom, FileName = "a.dcm", Bytes = ulong.MaxValue } }],
        ["too large together"] = [Header(2000), Piece(0, 2000), Header(2000, "b.dcm")],
        ["too many"] = [Header(0, "a"), Header(0, "b"), Header(0, "c"), Header(0, "d")],
        ["wrong hash"] = [new() { Header = new(Header(2).Header) { Sha256 = ByteString.CopyFrom(SHA256.HashData([9])) } }, Piece(0, 2)],
        ["half a hash"] = [new() { Header = new(Header(2).Header) { Sha256 = ByteString.CopyFrom(1, 2, 3) } }],
        ["two kinds"] = [Header(0), new() { Header = new() { Kind = ImageKind.Nifti, FileName = "b.nii" } }],
        ["no kind"] = [new() { Header = new() { FileName = "b.nii" } }],
        ["name with a way out"] = [Header(2, "../a.dcm")],
        ["name twice"] = [Header(0), Header(0)],
        ["upload id"] = [new() { Header = new(Header(2).Header) { UploadId = "../../x" } }],
    };

    [Theory]
    [InlineData("nothing", StatusCode.InvalidArgument, "upload", "no header", "an UploadHeader")]
    [InlineData("empty message", StatusCode.InvalidArgument, "part", "empty", "a header or a chunk")]
    [InlineData("no header", StatusCode.InvalidArgument, "upload", "no header", "an UploadHeader")]
    [InlineData("truncated", StatusCode.InvalidArgument, "file 1", "4 bytes", "10")]
    [InlineData("next file too early", StatusCode.InvalidArgument, "file 1", "4 bytes", "10 first")]
    [InlineData("out of order", StatusCode.InvalidArgument, "chunk.offset", "4", "0")]
    [InlineData("twice", StatusCode.InvalidArgument, "chunk.offset", "0", "4")]
    [InlineData("beyond the end", StatusCode.InvalidArgument, "chunk.data", "11 bytes", "10 at most")]
    [InlineData("after the end", StatusCode.InvalidArgument, "header", "missing", "an UploadHeader")]
    [InlineData("too large", StatusCode.ResourceExhausted, "header.bytes", "3001", "3000 at most")]
    [InlineData("absurdly large", StatusCode.ResourceExhausted, "header.bytes", "18446744073709551615", "3000 at most")]
    [InlineData("too large together", StatusCode.ResourceExhausted, "upload", "4000 bytes", "3000 at most")]
    [InlineData("too many", StatusCode.ResourceExhausted, "upload", "more than 3 files", "3 at most")]
    [InlineData("wrong hash", StatusCode.InvalidArgument, "file", "SHA-256", "2b4c342f5433ebe591a1da77e013d1b72475562d48578dca8b84bac6651c3cb9")]
    [InlineData("half a hash", StatusCode.InvalidArgument, "sha256", "3 bytes", "32")]
    [InlineData("two kinds", StatusCode.InvalidArgument, "kind", "Nifti", "Dicom")]
    [InlineData("no kind", StatusCode.InvalidArgument, "kind", "Unspecified", "Dicom, Nifti or Picture")]
    [InlineData("name with a way out", StatusCode.InvalidArgument, "file_name", "folders", "a plain name")]
    [InlineData("name twice", StatusCode.InvalidArgument, "file_name", "used twice", "a name for each file")]
    [InlineData("upload id", StatusCode.InvalidArgument, "upload_id", "no UUID", "8-4-4-4-12")]
    public async Task What_breaks_the_order_or_the_limits_is_refused_by_field(string what, StatusCode code, string field, string found, string wanted)
    {
        using var call = client.Raw.Upload();
        await SendAsync(call.RequestStream, Spoilt[what]);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(code, error.StatusCode);
        var info = error.GetRpcStatus()!.GetDetail<ErrorInfo>()!;
        Assert.Equal(field, info.Metadata["field"]);
        Assert.Contains(found, info.Metadata["found"], StringComparison.Ordinal);
        Assert.Contains(wanted, info.Metadata["wanted"], StringComparison.Ordinal);
        Assert.Equal(code == StatusCode.ResourceExhausted, error.GetRpcStatus()!.GetDetail<RetryInfo>() is not null);
        await LivesOnAsync();
    }

    [Theory]
    [InlineData("chunk first", "stream", "no request")]
    [InlineData("request twice", "request", "sent twice")]
    [InlineData("source given", "request.source", "set")]
    public async Task A_stream_with_its_request_in_the_wrong_place_is_refused(string what, string field, string found)
    {
        var request = new SegmentUploadChunk { Request = new() { ModelId = "ct-lung-nodule" } };
        SegmentUploadChunk[] sent = what switch
        {
            "chunk first" => [new() { Chunk = new() }],
            "request twice" => [request, request],
            _ => [new() { Request = new(request.Request) { Source = new() { UploadId = "x" } } }],
        };
        using var call = client.Raw.SegmentUpload();
        await SendAsync(call.RequestStream, sent);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        var info = error.GetRpcStatus()!.GetDetail<ErrorInfo>()!;
        Assert.Equal((StatusCode.InvalidArgument, field, found), (error.StatusCode, info.Metadata["field"], info.Metadata["found"][..found.Length]));
        await LivesOnAsync();
    }

    [Fact]
    public async Task A_call_that_breaks_off_leaves_nothing()
    {
        using (var call = client.Raw.Upload())
        {
            await call.RequestStream.WriteAsync(Header(10));
            await call.RequestStream.WriteAsync(Piece(0, 4));
            await UntilAsync(() => Directory.GetFileSystemEntries(Uploads).Length == 1);
        }

        await UntilAsync(() => Directory.GetFileSystemEntries(Uploads).Length == 0);
        await LivesOnAsync();
    }

    [Fact]
    public async Task Writers_that_send_nothing_more_take_their_own_places_and_no_others()
    {
        AsyncClientStreamingCall<UploadChunk, UploadReply>[] slow = [.. Enumerable.Range(0, 4).Select(_ => client.Raw.Upload())];
        foreach (var call in slow)
            await call.RequestStream.WriteAsync(Header(10));
        await UntilAsync(() => Directory.GetFileSystemEntries(Uploads).Length == slow.Length);

        using var fifth = client.Raw.Upload();
        await SendAsync(fifth.RequestStream, [Header(0)]);
        var error = await Assert.ThrowsAsync<RpcException>(() => fifth.ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Contains("fewer than 4", error.Status.Detail, StringComparison.Ordinal);
        Assert.NotEmpty(await client.ListModelsAsync());
        foreach (var call in slow)
            call.Dispose();
        await UntilAsync(() => Directory.GetFileSystemEntries(Uploads).Length == 0);
        await LivesOnAsync();
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_refused()
    {
        using var call = client.Raw.Upload();
        _ = SendAsync(call.RequestStream, [Header(10), new() { Chunk = new() { Data = ByteString.CopyFrom(new byte[5 << 20]) } }]); // .NET's HTTP/2 may let the write wait for ever (see RefusedUploadTests)

        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await LivesOnAsync();
    }

    private static UploadChunk Header(int bytes, string name = "a.dcm") => new() { Header = new() { Kind = ImageKind.Dicom, FileName = name, Bytes = (ulong)bytes } };

    private static UploadChunk Piece(int offset, int bytes) => new() { Chunk = new() { Offset = (ulong)offset, Data = ByteString.CopyFrom(new byte[bytes]) } };

    private static async Task SendAsync<T>(IClientStreamWriter<T> stream, T[] messages)
    {
        try
        {
            foreach (var message in messages)
                await stream.WriteAsync(message);
            await stream.CompleteAsync();
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            // refused in the middle: the answer says why
        }
    }

    /// <summary>Nothing is left, and a good upload is taken.</summary>
    private async Task LivesOnAsync()
    {
        await UntilAsync(() => Directory.GetFileSystemEntries(Uploads).Length == 0);
        using var call = client.Raw.Upload();
        await SendAsync(call.RequestStream, [Header(2), Piece(0, 2)]);
        Assert.Equal(2ul, (await call.ResponseAsync).Bytes);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var i = 0; !holds(); i++)
        {
            Assert.True(i < 500, "It did not come to hold within 10 s.");
            await Task.Delay(20);
        }
    }
}
