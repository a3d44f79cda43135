using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training.Methods;

/// <summary>MRNet itself: Eq. 7, end to end; it answers with the refined map.</summary>
public sealed class MultiRaterMethod(NetworkOptions options, double alpha) : ISegmentationMethod
{
    private readonly MultiRaterNetwork network = new(options);

    public Module Network => network;

    public Tensor Loss(Batch batch, Tensor expertness) => TrainingLoss.Of(network, batch.Images, batch.Masks, expertness, alpha, batch.Present);

    public Tensor Predict(Tensor images, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return network.call(images, expertness).Refined.sigmoid().MoveToOuterDisposeScope();
    }

    public void Dispose() => network.Dispose();
}
