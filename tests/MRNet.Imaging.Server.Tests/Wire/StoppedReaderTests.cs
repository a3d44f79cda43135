using Grpc.Core;
using Grpc.Net.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Tests.Wire;

/// <summary>Readers that stop: what they do not take stays on the disk, not in memory.</summary>
public sealed class StoppedReaderTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const int Readers = 12;
    private const long Answer = 64L << 20;
    private const long BoundOfACall = 8L << 20; // reliability: memory below 8 MiB a call

    [Fact]
    public async Task Stopped_readers_hold_no_more_than_their_bound_and_others_are_answered()
    {
        var job = await server.Client.SubmitAsync(new() { ModelId = "ct-lung-nodule", Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } }, Outputs = { Output.Probability } });
        await server.Client.WatchAsync(job.Id);
        using (var map = File.OpenWrite(Path.Combine(server.DataFolder, "results", job.Id, "map-1")))
            map.SetLength(Answer); // a large answer without the hour it takes to compute
        using var channel = GrpcChannel.ForAddress(server.Grpc, new() { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, InitialHttp2StreamWindowSize = 1 << 16 } });
        var raw = new Protocol.V1.Segmentation.SegmentationClient(channel);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        AsyncServerStreamingCall<Event>[] stopped = [.. Enumerable.Range(0, Readers).Select(_ => raw.GetResult(new() { JobId = job.Id }))];
        foreach (var call in stopped)
            await call.ResponseStream.MoveNext(CancellationToken.None); // the first event, and no more
        await Task.Delay(1000);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.InRange(grown, long.MinValue, Readers * BoundOfACall);
        using (var reader = raw.GetResult(new() { JobId = job.Id }))
            Assert.Equal(Answer, await reader.ResponseStream.ReadAllAsync().Select(said => (long)(said.Chunk?.Data.Length ?? 0)).SumAsync());
        foreach (var call in stopped)
            call.Dispose();
        Assert.NotEmpty(await server.Client.ListModelsAsync());
    }
}
