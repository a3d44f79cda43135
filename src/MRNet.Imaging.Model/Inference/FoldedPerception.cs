using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>The <see cref="MultiRaterPerception"/>, folded. F1 comes without its normalisation.</summary>
internal sealed class FoldedPerception : IDisposable
{
    private readonly FoldedRise widen1;
    private readonly FoldedConvolution widen2;
    private readonly FoldedConvolution widen3;
    private readonly SoftAttention attention;
    private readonly Tensor taps;
    private readonly Tensor headBias;

    public FoldedPerception(FoldedLayers layers, SoftAttention attention)
    {
        using var scope = NewDisposeScope();
        this.attention = attention;
        var rise = layers.RiseWeights("mpm.conv_block.0").After(FoldedUp.Norm(layers, 4)).Before(layers.Norm("mpm.conv_block.1").FourTimes());
        widen1 = layers.Rise(rise, layers.Prelu("mpm.conv_block.2"));
        widen2 = layers.Convolution("mpm.conv_block.3", "mpm.conv_block.4", Placement.Same, layers.Prelu("mpm.conv_block.5"));
        widen3 = layers.Convolution("mpm.conv_block.6", "mpm.conv_block.7", Placement.Same, layers.Prelu("mpm.conv_block.8"));

        var head = layers.Weights("mpm.pred");
        headBias = head.Bias.reshape(1, -1, 1, 1).clone().DetachFromDisposeScope();
        taps = MultiRaterPerception.Taps(head.Weight).flatten(1).contiguous().DetachFromDisposeScope(); // (2S S 9, w)
    }

    /// <param name="features">F1 before its normalisation, (B, 4w, H/2, W/2)</param>
    /// <param name="coarse">sigmoid(P1), (B, S, H, W)</param>
    /// <param name="uncertainty">U, (B, S, H, W)</param>
    /// <returns>M logits, (B, S, H, W)</returns>
    public Tensor Perceive(Tensor features, Tensor coarse, Tensor uncertainty)
    {
        using var scope = NewDisposeScope();
        var f = widen3.Apply(widen2.Apply(widen1.Apply(features)));                        // (B, w, H, W)
        var soft = attention.call(MultiRaterPerception.Maps(coarse, uncertainty));         // (B, 2S, H, W), Eq. 4
        return Head(f, soft).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        attention.Dispose();
        taps.Dispose();
        headBias.Dispose();
    }

    /// <summary>
    /// See <see cref="MultiRaterPerception"/>: each tap once for all maps, weighed, shifted into place and added. As a matrix
    /// product that writes whole maps, one per tap, for the steps that follow.
    /// </summary>
    private Tensor Head(Tensor f, Tensor soft)
    {
        using var scope = NewDisposeScope();
        var (batch, maps, height, width) = (soft.size(0), soft.size(1), soft.size(2), soft.size(3));
        var seen = taps.matmul(f.flatten(2).to(ScalarType.Float32)).reshape(batch, maps, -1, height * width);  // (B, 2S, 9S, H W)
        var weighed = seen.mul_(soft.PlusOne().reshape(batch, maps, 1, -1)).sum(1);         // (B, 9S, H W)
        return functional.fold(weighed, (height, width), (3, 3), padding: (1, 1))
            .Add(headBias)
            .MoveToOuterDisposeScope();
    }
}
