using System.Buffers.Binary;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Models;

namespace MRNet.Imaging.Server.Tests.Models;

public sealed class WarmUpTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("ct-lung-nodule"), InlineData("mr-brain"), InlineData("fundus-optic-disc")]
    public void Each_bundled_model_takes_its_warm_up_image(string id)
    {
        using var model = LoadedModel.Load(new ModelStore(RunningServer.Options("").Models[0]).Find(id));

        WarmUp.Run(model, TimeProvider.System, CancellationToken.None);
    }

    [Fact]
    public void A_model_that_answers_with_what_is_no_number_is_not_ready()
    {
        Directory.CreateDirectory(folder["models"]);
        File.WriteAllBytes(folder["models/broken.safetensors"], Damaged(File.ReadAllBytes(Path.Combine(RunningServer.Options("").Models[0], "ct-lung-nodule.safetensors"))));
        using var shelf = new ModelShelf(new ModelStore(folder["models"]), "cpu", TimeProvider.System);

        shelf.LoadAll(CancellationToken.None);

        Assert.Equal((false, false), (shelf.IsWarm, shelf.IsReady("ct-lung-nodule")));
    }

    /// <summary>Every weight is NaN.</summary>
    private static byte[] Damaged(byte[] safetensors)
    {
        for (var at = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(safetensors); at + 4 <= safetensors.Length; at += 4)
            BinaryPrimitives.WriteSingleLittleEndian(safetensors.AsSpan(at), float.NaN);
        return safetensors;
    }
}
