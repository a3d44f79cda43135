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
    private readonly SoftAttention attention;

    [ComponentName(Name = "pred")]
    private readonly Convolution2d head;

    public MultiRaterPerception(NetworkOptions options) : base(nameof(MultiRaterPerception))
    {
        var w = options.Width;
        widen = Sequential(
            ("0", new TransposedConvolution(4 * w, w)), ("1", new BatchNormalisation(w)), ("2", PReLU(1)),
            ("3", new Convolution2d(w, w, kernel: 3, padding: 1)), ("4", new BatchNormalisation(w)), ("5", PReLU(1)),
            ("6", new Convolution2d(w, w, kernel: 3, padding: 1)), ("7", new BatchNormalisation(w)), ("8", PReLU(1)));
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

        var f = widen.call(features).unsqueeze(1);                       // (B, 1, w, H, W)
        var maps = Maps(coarse, uncertainty);                            // (B, 2S, H, W)
        var soft = attention.call(maps).unsqueeze(2);                    // (B, 2S, 1, H, W), Eq. 4
        var seen = (f + soft * f).flatten(1, 2);                         // (B, 2S w, H, W), Eq. 5
        return head.call(seen).MoveToOuterDisposeScope();                // (B, S, H, W), Eq. 6
    }

    /// <summary>The coarse probability of each structure, then its uncertainty, the last structure first: the order of the published weights.</summary>
    private static Tensor Maps(Tensor coarse, Tensor uncertainty)
    {
        using var scope = NewDisposeScope();
        return cat([coarse.flip(1), uncertainty.flip(1)], 1).MoveToOuterDisposeScope();
    }
}
