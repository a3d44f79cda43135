using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>
/// Stage 1: a U-Net on a ResNet whose bottleneck knows how much each rater counts (EIM). Gives the coarse prediction P1
/// and the features F1 that the perception module refines.
/// </summary>
public sealed class CoarseUNet : Module<Tensor, Tensor, (Tensor Coarse, Tensor Features)>
{
    [ComponentName(Name = "rn")]
    private readonly ResNetEncoder encoder;

    [ComponentName(Name = "conv")]
    private readonly Convolution2d? embedding;

    [ComponentName(Name = "CONVLSTMcell")]
    private readonly ConvLstmCell? cell;

    [ComponentName(Name = "mix")]
    private readonly Convolution2d? mixing;

    private readonly UpBlock up1;
    private readonly UpBlock up2;
    private readonly UpBlock up3;
    private readonly UpBlock up4;

    [ComponentName(Name = "up5")]
    private readonly TransposedConvolution head;

    private readonly ExpertiseInferring inferring;

    public CoarseUNet(NetworkOptions options) : base(nameof(CoarseUNet))
    {
        var w = options.Width;
        encoder = new ResNetEncoder(options.Encoder, options.Channels, w);
        inferring = new ExpertiseInferring(options, 8 * w);
        (embedding, cell, mixing) = (inferring.Embedding, inferring.Cell, inferring.Mixing);
        up1 = new UpBlock(8 * w, encoder.Channels[3], w);
        up2 = new UpBlock(4 * w, encoder.Channels[2], w);
        up3 = new UpBlock(4 * w, encoder.Channels[1], w);
        up4 = new UpBlock(4 * w, encoder.Channels[0], w);
        head = new TransposedConvolution(4 * w, options.Structures);
        RegisterComponents();
    }

    internal IEnumerable<Tensor> HeadBiases => [head.Bias];

    /// <summary>The part that does not depend on the raters' weights.</summary>
    /// <param name="image">(B, C, H, W)</param>
    /// <returns>Five maps, see <see cref="ResNetEncoder"/>.</returns>
    public Tensor[] Encode(Tensor image) => encoder.call(image);

    /// <param name="maps">From <see cref="Encode"/>; they stay the caller's.</param>
    /// <param name="expertness">(B, R)</param>
    /// <returns>P1 logits (B, S, H, W) and F1 (B, 4w, H/2, W/2).</returns>
    public (Tensor Coarse, Tensor Features) Decode(Tensor[] maps, Tensor expertness)
    {
        using var scope = NewDisposeScope();

        var x = inferring.Infer(maps[4], expertness); // (B, 8w, H/32, W/32)
        x = up1.call(x, maps[3]);                     // (B, 4w, H/16, W/16)
        x = up2.call(x, maps[2]);                     // (B, 4w, H/8, W/8)
        x = up3.call(x, maps[1]);                     // (B, 4w, H/4, W/4)
        x = up4.call(x, maps[0]);                     // (B, 4w, H/2, W/2)
        var coarse = head.call(x);                    // (B, S, H, W)
        return (coarse.MoveToOuterDisposeScope(), x.MoveToOuterDisposeScope());
    }

    public override (Tensor Coarse, Tensor Features) forward(Tensor image, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var (coarse, features) = Decode(Encode(image), expertness);
        return (coarse.MoveToOuterDisposeScope(), features.MoveToOuterDisposeScope());
    }
}

/// <summary>One step up: BN(ReLU(cat[transposed convolution of what comes from below, 1x1 of the skip])).</summary>
internal sealed class UpBlock : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "tr_conv")]
    private readonly TransposedConvolution rise;

    [ComponentName(Name = "x_conv")]
    private readonly Convolution2d side;

    private readonly BatchNormalisation bn;

    /// <param name="below">Channels from below.</param>
    /// <param name="skip">Channels of the encoder's map.</param>
    /// <param name="width">The network's width; the result has four times as many channels.</param>
    public UpBlock(int below, int skip, int width) : base(nameof(UpBlock))
    {
        rise = new TransposedConvolution(below, 2 * width);
        side = new Convolution2d(skip, 2 * width, kernel: 1);
        bn = new BatchNormalisation(4 * width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor skip)
    {
        using var scope = NewDisposeScope();
        return bn.call(cat([rise.call(x), side.call(skip)], 1).relu_()).MoveToOuterDisposeScope();
    }
}
