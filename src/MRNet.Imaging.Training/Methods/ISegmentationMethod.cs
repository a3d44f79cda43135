namespace MRNet.Imaging.Training.Methods;

/// <summary>A network with its way of learning and of answering: what the paper's tables compare.</summary>
public interface ISegmentationMethod : IDisposable
{
    /// <summary>All weights; train() and eval() go through it.</summary>
    Module Network { get; }

    /// <param name="expertness">(B, R), rows sum to 1; a missing rater weighs 0.</param>
    /// <returns>A scalar with gradients.</returns>
    Tensor Loss(Batch batch, Tensor expertness);

    /// <returns>Probability (B, S, H, W) for raters that count as given.</returns>
    Tensor Predict(Tensor images, Tensor expertness);
}
