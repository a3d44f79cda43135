using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training;

/// <summary>Ji et al. Eq. 1 and Eq. 7.</summary>
public static class TrainingLoss
{
    /// <summary>Eq. 1: the map the network should give when the raters count as <paramref name="expertness"/> says.</summary>
    /// <param name="masks">(B, R, S, H, W): 0 or 1 for each rater and structure.</param>
    /// <param name="expertness">(B, R), rows sum to 1.</param>
    /// <returns>(B, S, H, W), 0..1</returns>
    public static Tensor Target(Tensor masks, Tensor expertness) => einsum("brshw,br->bshw", masks, expertness);

    /// <summary>
    /// Eq. 7: L = BCE(P1, GT) + BCE(M, GT) + alpha con + (1 - alpha) rec, end to end. The consistency term compares the
    /// reconstruction module's features of P1 with those of the ground truth, as a mean over the elements so that the
    /// size of a feature map does not weigh; the features of the ground truth are a target and get no gradient.
    /// </summary>
    /// <param name="image">(B, C, H, W)</param>
    /// <param name="masks">(B, R, S, H, W)</param>
    /// <param name="expertness">(B, R)</param>
    /// <param name="alpha">Weight of consistency against reconstruction, 0..1; the paper has 0.7.</param>
    /// <returns>A scalar with gradients.</returns>
    public static Tensor Of(MultiRaterNetwork network, Tensor image, Tensor masks, Tensor expertness, double alpha)
    {
        using var scope = NewDisposeScope();

        var target = Target(masks, expertness);
        var (coarse, features) = network.CoarseUNet.call(image, expertness);
        var (raters, found) = network.Reconstruction.call(image, network.CoarseFor(coarse), expertness);
        var output = network.Refine(coarse, features, raters);

        var segmentation = binary_cross_entropy_with_logits(coarse, target) + binary_cross_entropy_with_logits(output.Refined, target);
        var reconstruction = binary_cross_entropy_with_logits(raters, masks);
        var consistency = Consistency(found, FeaturesOf(network, image, target));
        return (segmentation + alpha * consistency + (1 - alpha) * reconstruction).MoveToOuterDisposeScope();
    }

    /// <summary>1/K sum_k 1/2 |D_k - D^_k|^2, each norm a mean over the elements.</summary>
    private static Tensor Consistency(Tensor[] found, Tensor[] wanted)
    {
        using var scope = NewDisposeScope();
        var terms = found.Zip(wanted, (d, target) => mse_loss(d, target) / 2);
        return stack(terms).mean().MoveToOuterDisposeScope();
    }

    private static Tensor[] FeaturesOf(MultiRaterNetwork network, Tensor image, Tensor target)
    {
        using var off = no_grad();
        using var frozen = network.FrozenStatistics();
        return network.Reconstruction.Encode(image, target);
    }
}
