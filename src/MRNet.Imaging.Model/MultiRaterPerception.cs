using MRNet.Imaging.Model.Layers;
using TorchSharp.Modules;

namespace MRNet.Imaging.Model;

/// <summary>
/// Multi-rater Perception Module (MPM, Ji et al. Eq. 4-6): looks again, and harder, where the raters disagree and where the
/// coarse prediction lies.
/// </summary>
public sealed class MultiRaterPerception : Module<Tensor, Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "conv_block")]
    private readonly Sequential widen;

    [ComponentName(Name = "Soft")]
    private readonly SoftAttention? attention; // null: hard or none

    [ComponentName(Name = "pred")]
    private readonly Convolution2d head;

    private readonly AttentionUse use;

    public MultiRaterPerception(NetworkOptions options) : base(nameof(MultiRaterPerception))
    {
        var w = options.Width;
        widen = Sequential(
            ("0", new TransposedConvolution(4 * w, w)), ("1", new BatchNormalisation(w)), ("2", PReLU(1)),
            ("3", new Convolution2d(w, w, kernel: 3, padding: 1)), ("4", new BatchNormalisation(w)), ("5", PReLU(1)),
            ("6", new Convolution2d(w, w, kernel: 3, padding: 1)), ("7", new BatchNormalisation(w)), ("8", PReLU(1)));
        use = options.Attention;
        if (use == AttentionUse.Soft)
            attention = options.AttentionKernel == AttentionKernel.Free ? new FreeAttention() : new GaussianAttention();
        head = new Convolution2d(2 * options.Structures * w, options.Structures, kernel: 3, padding: 1);
        RegisterComponents();
    }

    internal IEnumerable<Tensor> HeadBiases => [head.Bias!];

    /// <param name="features">F1, (B, 4w, H/2, W/2)</param>
    /// <param name="coarse">sigmoid(P1), (B, S, H, W)</param>
    /// <param name="uncertainty">U, (B, S, H, W)</param>
    /// <returns>M logits, (B, S, H, W)</returns>
    public override Tensor forward(Tensor features, Tensor coarse, Tensor uncertainty)
    {
        using var scope = NewDisposeScope();

        var f = widen.call(features);                     // (B, w, H, W)
        var seen = Attend(Maps(coarse, uncertainty));     // (B, 2S, H, W), Eq. 4
        return Head(f, seen).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor maps) => use switch
    {
        AttentionUse.Soft => attention!.call(maps),
        AttentionUse.Hard => maps.alias(),
        _ => zeros_like(maps),
    };

    /// <summary>
    /// M = conv(cat_j F + Soft(A_j) F), Eq. 5 and 6. F is the same under every map, so each tap of the 3x3 convolution is
    /// applied to F once, for all maps and structures together; then each map weighs its share at every pixel, and the taps
    /// are shifted into place and added. The same numbers from a sixth of the products.
    /// </summary>
    private Tensor Head(Tensor f, Tensor soft)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width) = (f.size(0), f.size(2), f.size(3));
        var (structures, maps) = (head.Weight.size(0), soft.size(1));

        var seen = Convolution2d.Convolve(f, Taps(head.Weight), null)
            .reshape(batch, maps, structures * 9, height * width)
            .mul(soft.reshape(batch, maps, 1, height * width).PlusOne())
            .sum(1);                                                                        // (B, 9S, H W)
        var placed = functional.fold(seen, (height, width), (3, 3), padding: (1, 1));       // (B, S, H, W)
        return placed.Plus(head.Bias!.reshape(1, -1, 1, 1)).MoveToOuterDisposeScope();
    }

    /// <param name="weight">The head's, (S, 2S w, 3, 3)</param>
    /// <returns>(2S S 9, w, 1, 1): for each map and structure the nine taps, from a pixel outwards, not inwards.</returns>
    internal static Tensor Taps(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var (structures, maps) = (weight.size(0), 2 * weight.size(0));
        var w = weight.size(1) / maps;
        return weight.reshape(structures, maps, w, 3, 3).flip(3, 4)
            .permute(1, 0, 3, 4, 2).reshape(maps * structures * 9, w, 1, 1)
            .MoveToOuterDisposeScope();
    }

    internal SoftAttention CopyAttention() => attention!.Copy();

    /// <summary>The coarse probability of each structure, then its uncertainty, the last structure first: the order of the published weights.</summary>
    internal static Tensor Maps(Tensor coarse, Tensor uncertainty)
    {
        using var scope = NewDisposeScope();
        return cat([coarse.flip(1), uncertainty.flip(1)], 1).MoveToOuterDisposeScope();
    }
}
