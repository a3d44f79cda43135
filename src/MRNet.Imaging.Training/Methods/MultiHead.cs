using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training.Methods;

/// <summary>MH-UNet: one U-Net with a head for each rater, each taught what that rater drew; the answer is the mean of the heads as the raters count.</summary>
public sealed class MultiHead(NetworkOptions options) : ISegmentationMethod
{
    private readonly PlainUNet network = new(options with { Structures = options.Raters * options.Structures });

    public Module Network => network;

    public Tensor Loss(Batch batch, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return TrainingLoss.CrossEntropy(Heads(batch.Images), batch.Masks, batch.Present).MoveToOuterDisposeScope();
    }

    public Tensor Predict(Tensor images, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return einsum("brshw,br->bshw", Heads(images).sigmoid(), expertness).MoveToOuterDisposeScope();
    }

    public void Dispose() => network.Dispose();

    /// <returns>Logits (B, R, S, H, W)</returns>
    private Tensor Heads(Tensor images)
    {
        using var scope = NewDisposeScope();
        return network.call(images).reshape(images.size(0), options.Raters, options.Structures, images.size(2), images.size(3)).MoveToOuterDisposeScope();
    }
}
