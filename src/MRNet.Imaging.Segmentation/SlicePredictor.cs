using MRNet.Imaging.Model.Layers;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>Takes a batch through the network on the model's device.</summary>
internal sealed class SlicePredictor(LoadedModel model)
{
    /// <param name="batch">
    /// Input (B, C, n, n); output (B, M, n, n): for each structure the probability, and but for a preview the uncertainty, then
    /// each rater's probability, as <see cref="SliceOfMaps"/> counts them.
    /// </param>
    /// <param name="expertness">(R)</param>
    /// <param name="temperature">By which the answer is divided before it is a probability; 1 leaves it.</param>
    /// <param name="kept">Gives the encoder's features of the batch, by computing them where none are kept; null: none are.</param>
    /// <exception cref="ResourceLimitException">The device has not enough memory.</exception>
    /// <exception cref="NotANumberException">The network computed something that is none.</exception>
    public void Predict(
        SlicePipeline.Batch batch, float[] expertness, double temperature, bool isPreview, Func<Func<IReadOnlyList<torch.Tensor>>, IReadOnlyList<torch.Tensor>>? kept, CancellationToken cancellation) =>
        DeviceMemory.Guard(model.DeviceName, batch.Places.Length, () => Compute(batch, expertness, temperature, isPreview, kept, cancellation));

    private void Compute(
        SlicePipeline.Batch batch, float[] expertness, double temperature, bool isPreview, Func<Func<IReadOnlyList<torch.Tensor>>, IReadOnlyList<torch.Tensor>>? kept, CancellationToken cancellation)
    {
        EngineMetrics.BatchSize.Record(batch.Places.Length);
        using var off = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        var image = OnDevice(batch);
        var weights = torch.tensor(expertness, device: model.Device).expand(batch.Places.Length, -1); // (B, R)
        var maps = kept is null ? model.Network.Encode(image) : kept(() => model.Network.Encode(image));
        var all = isPreview ? Coarse(maps, weights) : Whole(image, maps, weights, temperature, cancellation);
        all.cpu().data<float>().CopyTo(batch.Output);
    }

    /// <summary>To a GPU from pinned memory, which it copies by itself. Not measured: no machine with a GPU was at hand.</summary>
    private torch.Tensor OnDevice(SlicePipeline.Batch batch)
    {
        var (count, channels, size) = (batch.Places.Length, model.Descriptor.Network.Channels, model.Descriptor.Preparation.Size);
        var image = torch.tensor(batch.Input.AsMemory(0, count * channels * size * size), [count, channels, size, size]);
        return model.DeviceName == "cpu" ? image : image.pin_memory().to(model.Device, non_blocking: true);
    }

    /// <returns>(B, S, n, n)</returns>
    private torch.Tensor Coarse(IReadOnlyList<torch.Tensor> maps, torch.Tensor weights)
    {
        var coarse = model.Network.RunCoarse(maps, weights);
        FiniteNumbers.Check(model, maps, coarse, null);
        return coarse.sigmoid_();
    }

    private torch.Tensor Whole(torch.Tensor image, IReadOnlyList<torch.Tensor> maps, torch.Tensor weights, double temperature, CancellationToken cancellation)
    {
        var output = model.Network.Run(image, maps, weights, cancellation);
        FiniteNumbers.Check(model, maps, output.Coarse, output);
        return torch.cat([output.Refined.Over(temperature).sigmoid(), output.Uncertainty, output.Raters.sigmoid().flatten(1, 2)], 1); // (B, (2 + R) S, n, n)
    }
}
