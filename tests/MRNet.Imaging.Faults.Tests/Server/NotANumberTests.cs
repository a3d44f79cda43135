using Google.Rpc;
using Grpc.Core;
using MRNet.Imaging.Model;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>A network that computes no numbers: no mask is made of it.</summary>
public sealed class NotANumberTests
{
    [Fact]
    public async Task The_job_fails_with_the_layer_named_and_leaves_no_result()
    {
        await using var server = await InProcessServer.StartAsync(spoil: network => Spoil(network, float.NaN));
        using var client = server.Connect();

        var error = await Assert.ThrowsAsync<RpcException>(() => SegmentAsync(client));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Equal("NOT_A_NUMBER", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Contains("The perception module", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(server.Data, "results")));
        Assert.NotEmpty(await client.ListModelsAsync());
    }

    /// <summary>Weights so large that sums overflow.</summary>
    [Fact]
    public async Task Infinite_numbers_are_none_either()
    {
        await using var server = await InProcessServer.StartAsync(spoil: network => Spoil(network, 1e38f));
        using var client = server.Connect();

        var error = await Assert.ThrowsAsync<RpcException>(() => SegmentAsync(client));

        Assert.Equal("NOT_A_NUMBER", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    private static void Spoil(MultiRaterNetwork network, float value)
    {
        var weight = network.named_parameters().Last(pair => pair.name.EndsWith("weight", StringComparison.Ordinal)).parameter;
        weight.fill_(value);
    }

    private static async Task<int> SegmentAsync(Client.MrnetClient client)
    {
        var upload = await client.UploadAsync(InProcessServer.Ct, ImageKind.Dicom);
        var request = InProcessServer.Request();
        request.Source = new() { UploadId = upload.UploadId };
        using var call = client.Raw.Segment(request);
        return await call.ResponseStream.ReadAllAsync().CountAsync();
    }
}
