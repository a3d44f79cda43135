using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Training;

/// <summary>Ji et al. Eq. 7, and the cross-entropy that all methods share. What nobody graded has no part in any term.</summary>
public static class TrainingLoss
{
    /// <summary>
    /// Eq. 7: L = BCE(P1, GT) + BCE(M, GT) + alpha con + (1 - alpha) rec, end to end. The consistency term compares the
    /// reconstruction module's features of P1 with those of the ground truth, as a mean over the elements so that the
    /// size of a feature map does not weigh; the features of the ground truth are a target and get no gradient. A network
    /// without a module has no terms of it.
    /// </summary>
    /// <param name="expertness">(B, R), rows sum to 1.</param>
    /// <returns>A scalar with gradients.</returns>
    public static Tensor Of(MultiRaterNetwork network, Batch batch, Tensor expertness, LossOptions options)
    {
        using var scope = NewDisposeScope();

        var target = SoftTarget.Of(batch, expertness);
        var (coarse, features) = network.CoarseUNet.call(batch.Images, expertness);
        var loss = CrossEntropy(coarse, target.Map, target.Known);
        if (!network.Options.Reconstruction)
            return loss.MoveToOuterDisposeScope();

        var (raters, found) = network.Reconstruction.call(batch.Images, network.CoarseFor(coarse), expertness);
        if (options.Reconstruction)
            loss = loss.Plus(CrossEntropy(raters, batch.Masks, batch.Present).Times(1 - options.Alpha));
        if (options.Consistency)
            loss = loss.Plus(Consistency(found, FeaturesOf(network, batch.Images, Filled(target, coarse))).Times(options.Alpha));
        if (network.Options.Perception)
            loss = loss.Plus(CrossEntropy(network.Refine(coarse, features, raters).Refined, target.Map, target.Known));
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Binary cross-entropy, a mean over what is known; 0 where nothing is.</summary>
    /// <param name="logits">(..., H, W)</param>
    /// <param name="target">(..., H, W), 0..1</param>
    /// <param name="known">(...), 0 or 1</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor target, Tensor known)
    {
        using var scope = NewDisposeScope();
        var all = binary_cross_entropy_with_logits(logits, target, known.unsqueeze(-1).unsqueeze(-1).expand_as(logits));
        return (all / known.mean().AtLeast(1e-12)).MoveToOuterDisposeScope();
    }

    /// <summary>1/K sum_k 1/2 |D_k - D^_k|^2, each norm a mean over the elements.</summary>
    private static Tensor Consistency(Tensor[] found, Tensor[] wanted)
    {
        using var scope = NewDisposeScope();
        var terms = found.Zip(wanted, (d, target) => mse_loss(d, target).Over(2));
        return stack(terms).mean().MoveToOuterDisposeScope();
    }

    private static Tensor[] FeaturesOf(MultiRaterNetwork network, Tensor image, Tensor target)
    {
        using var off = no_grad();
        using var frozen = network.FrozenStatistics();
        return network.Reconstruction.Encode(image, target);
    }

    /// <summary>The target, and where there is none what the network says itself: no difference, no consistency to be had.</summary>
    private static Tensor Filled(SoftTarget target, Tensor coarse)
    {
        using var scope = NewDisposeScope();
        var known = target.Known.unsqueeze(-1).unsqueeze(-1).expand_as(coarse).to(ScalarType.Bool);
        return where(known, target.Map, coarse.detach().sigmoid()).MoveToOuterDisposeScope();
    }
}
