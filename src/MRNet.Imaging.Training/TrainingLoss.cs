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
    /// <param name="present">(B, R, S), 1 where the rater graded; null for everywhere. What is missing is neither target nor vote.</param>
    /// <param name="alpha">Weight of consistency against reconstruction, 0..1; the paper has 0.7.</param>
    /// <returns>A scalar with gradients.</returns>
    public static Tensor Of(MultiRaterNetwork network, Tensor image, Tensor masks, Tensor expertness, double alpha, Tensor? present = null)
    {
        using var scope = NewDisposeScope();

        var graded = present is null || present.min().item<float>() == 1 ? null : present;
        var (target, known) = graded is null ? (Target(masks, expertness), null) : Known(masks, expertness, graded);
        var (coarse, features) = network.CoarseUNet.call(image, expertness);
        var (raters, found) = network.Reconstruction.call(image, network.CoarseFor(coarse), expertness);
        var output = network.Refine(coarse, features, raters);

        var segmentation = Entropy(coarse, target, known) + Entropy(output.Refined, target, known);
        var reconstruction = Entropy(raters, masks, graded);
        var consistency = Consistency(found, FeaturesOf(network, image, target));
        return (segmentation + alpha * consistency + (1 - alpha) * reconstruction).MoveToOuterDisposeScope();
    }

    /// <summary>Eq. 1 where some did not grade: the weights of those who did are made to sum to 1 for each structure.</summary>
    /// <param name="present">(B, R, S)</param>
    /// <returns>The target (B, S, H, W), and (B, S): 1 where it is known at all.</returns>
    private static (Tensor Target, Tensor Known) Known(Tensor masks, Tensor expertness, Tensor present)
    {
        using var scope = NewDisposeScope();
        var weights = expertness.unsqueeze(-1) * present; // (B, R, S)
        var sum = weights.sum(1, keepdim: true);          // (B, 1, S)
        var target = einsum("brshw,brs->bshw", masks, weights / sum.clamp_min(1e-6));
        return (target.MoveToOuterDisposeScope(), sum.squeeze(1).gt(0).to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>Binary cross entropy, a mean over the maps that count.</summary>
    /// <param name="counts">(...) of (..., H, W): 1 or 0; null for all.</param>
    private static Tensor Entropy(Tensor logits, Tensor target, Tensor? counts)
    {
        if (counts is null)
            return binary_cross_entropy_with_logits(logits, target);

        using var scope = NewDisposeScope();
        var ofMaps = binary_cross_entropy_with_logits(logits, target, reduction: Reduction.None).mean([-2, -1]);
        return ((ofMaps * counts).sum() / counts.sum().clamp_min(1)).MoveToOuterDisposeScope();
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
