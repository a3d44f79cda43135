namespace MRNet.Imaging.Training.Methods;

/// <summary>
/// A network that answers an image with one map, whatever the raters count: M1..M6, MV-UNet, LS-UNet and the FCN differ only
/// in the network and in what it is taught.
/// </summary>
/// <param name="network">Image (B, C, H, W) to logits (B, S, H, W).</param>
/// <param name="target">What it is taught of a batch, see <see cref="SoftTarget"/>.</param>
public sealed class SingleMapMethod(Module<Tensor, Tensor> network, Func<Batch, SoftTarget> target) : ISegmentationMethod
{
    public Module Network => network;

    public Tensor Loss(Batch batch, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var (map, known) = target(batch);
        return TrainingLoss.CrossEntropy(network.call(batch.Images), map, known).MoveToOuterDisposeScope();
    }

    public Tensor Predict(Tensor images, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return network.call(images).sigmoid().MoveToOuterDisposeScope();
    }

    public void Dispose() => network.Dispose();
}
