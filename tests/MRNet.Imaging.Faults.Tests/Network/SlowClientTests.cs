using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using MRNet.Imaging.Client;
using MRNet.Imaging.Faults.Tests.Server;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Network;

/// <summary>Clients that are slow, stop or vanish: they are dropped at the limit, others are answered, nothing of them is kept. The memory of stopped readers is bounded in Server.Tests (StoppedReaderTests).</summary>
public sealed class SlowClientTests
{
    [Fact]
    public async Task An_upload_that_stands_still_is_ended_at_the_limit_and_leaves_nothing()
    {
        await using var server = await InProcessServer.StartAsync(change: options => options with { Uploads = options.Uploads with { Idle = TimeSpan.FromSeconds(1) } });
        using var client = server.Connect();
        using var call = client.Raw.Upload();
        await call.RequestStream.WriteAsync(new() { Header = new() { Kind = ImageKind.Dicom, FileName = "a.dcm", Bytes = 1000 } });

        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => call.ResponseAsync.WaitAsync(TimeSpan.FromMinutes(1)));

        Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("nothing arrived for 00:00:01", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(server.Data, "uploads")));
    }

    [Fact]
    public async Task A_stream_that_never_begins_is_ended_at_the_limit()
    {
        await using var server = await InProcessServer.StartAsync(change: options => options with { Uploads = options.Uploads with { Idle = TimeSpan.FromSeconds(1) } });
        using var client = server.Connect();
        using var upload = client.Raw.Upload();
        using var segment = client.Raw.SegmentUpload();

        Task[] silent = [upload.ResponseAsync, segment.ResponseStream.MoveNext(CancellationToken.None)];

        foreach (var call in silent)
            Assert.Contains("nothing arrived for 00:00:01", (await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => call.WaitAsync(TimeSpan.FromMinutes(1)))).Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_that_trickles_is_ended_when_its_whole_time_is_over()
    {
        await using var server = await InProcessServer.StartAsync(change: options => options with { Uploads = options.Uploads with { Whole = TimeSpan.FromSeconds(2) } });
        using var wire = new SlowWire(server.Grpc) { UpPerSecond = 1000 };
        using var slow = MrnetClient.Connect(wire.Address, new() { Retries = 0 });
        using var quick = server.Connect();

        var slowly = slow.UploadAsync(InProcessServer.Ct, ImageKind.Dicom);
        var answer = await quick.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());

        Assert.NotNull(answer.Map(Output.Mask, 1));
        await Assert.ThrowsAnyAsync<ImagingException>(() => slowly.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Single(Directory.GetDirectories(Path.Combine(server.Data, "uploads"))); // the quick one's
    }

    [Theory]
    [InlineData(2_000), InlineData(60_000), InlineData(300_000)]
    public async Task A_wire_that_is_cut_in_an_upload_leaves_nothing(long after)
    {
        await using var server = await InProcessServer.StartAsync();
        using var wire = new SlowWire(server.Grpc) { CutAfter = after };
        using var client = MrnetClient.Connect(wire.Address, new() { Retries = 0 });

        await Assert.ThrowsAnyAsync<ImagingException>(() => client.UploadAsync(InProcessServer.Ct, ImageKind.Dicom));

        for (var tries = 100; tries > 0 && Directory.GetDirectories(Path.Combine(server.Data, "uploads")).Length > 0; tries--)
            await Task.Delay(50);
        Assert.Empty(Directory.GetDirectories(Path.Combine(server.Data, "uploads")));
    }

    /// <summary>By a rate and a patience that let a test end; the server's own are in ServerApplication.</summary>
    [Fact]
    public async Task A_reader_that_stops_is_dropped_and_others_are_answered()
    {
        await using var server = await InProcessServer.StartAsync(more: builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MinResponseDataRate = new(10 << 20, TimeSpan.FromSeconds(1.5))));
        using var quick = server.Connect();
        var job = await quick.SubmitAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());
        await quick.WatchAsync(job.Id);
        using (var map = File.OpenWrite(Path.Combine(server.Data, "results", job.Id, "map-1")))
            map.SetLength(64 << 20); // a large answer without the hour it takes to compute
        using var wire = new SlowWire(server.Grpc);
        using var stopped = MrnetClient.Connect(wire.Address, new() { Retries = 0 });
        using var call = stopped.Raw.GetResult(new() { JobId = job.Id });
        await call.ResponseStream.MoveNext(CancellationToken.None);

        wire.StopsReading = true;
        for (var tries = 600; tries > 0 && server.Connections > 1; tries--)
        {
            Assert.NotEmpty(await quick.ListModelsAsync());
            await Task.Delay(50);
        }

        Assert.Equal(1, server.Connections); // the quick one's
    }

    /// <summary>HTTP that announces four gigabytes, and a gRPC message that does.</summary>
    [Fact]
    public async Task What_announces_gigabytes_is_refused_before_memory_is_taken()
    {
        await using var server = await InProcessServer.StartAsync(change: options => options with { Uploads = options.Uploads with { MaxBytes = 1L << 30 } });
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var answer = await SayAsync(server.Web, $"PUT /v1/uploads/{Guid.NewGuid()}/0?kind=dicom&name=a.dcm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4294967296\r\n\r\n");
        using var http = new HttpClient();
        var message = new ByteArrayContent([0, 0x7F, 0xFF, 0xFF, 0xFF, 1, 2, 3]) { Headers = { ContentType = new("application/grpc-web+proto") } };
        var call = await http.PostAsync($"{server.Web}/mrnet.imaging.v1.Segmentation/Submit", message);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.Matches("^HTTP/1.1 (400|413|429) ", answer);
        Assert.Equal("8", Assert.Single(call.Headers.TryGetValues("grpc-status", out var status) ? status : ["8"])); // RESOURCE_EXHAUSTED, in the headers or in the body's trailers
        Assert.InRange(grown, long.MinValue, 16 << 20);
        Assert.Empty(Directory.GetDirectories(Path.Combine(server.Data, "uploads")).SelectMany(Directory.GetFiles));
    }

    private static async Task<string> SayAsync(string address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", new Uri(address).Port);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync(new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token) ?? "";
    }
}
