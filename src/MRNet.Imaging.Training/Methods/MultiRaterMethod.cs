using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training.Methods;

/// <summary>MRNet as the paper trains it: end to end by Eq. 7. Its ablations are in the network's options and in the loss's.</summary>
public sealed class MultiRaterMethod(MultiRaterNetwork network, LossOptions loss) : ISegmentationMethod
{
    public Module Network => network;

    public Tensor Loss(Batch batch, Tensor expertness) => TrainingLoss.Of(network, batch, expertness, loss);

    public Tensor Predict(Tensor images, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return network.call(images, expertness).Refined.sigmoid().MoveToOuterDisposeScope();
    }

    public void Dispose() => network.Dispose();
}
