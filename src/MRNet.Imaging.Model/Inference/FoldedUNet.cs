namespace MRNet.Imaging.Model.Inference;

/// <summary>
/// The <see cref="CoarseUNet"/>, folded. A decoder block ends in a normalisation after its ReLU, so each is folded into the
/// transposed convolution that comes next.
/// </summary>
internal sealed class FoldedUNet(FoldedLayers layers, NetworkOptions options)
{
    private readonly FoldedEncoder encoder = new(layers, "unet.rn");
    private readonly FoldedExpertise expertise = new(layers, "unet.conv", "unet.CONVLSTMcell", options.RecurrentSteps);
    private readonly FoldedUp[] ups = [.. Enumerable.Range(1, 4).Select(number => new FoldedUp(layers, number))];
    private readonly FoldedRise head = Head(layers);

    /// <param name="image">(B, C, H, W)</param>
    /// <returns>Five maps.</returns>
    public Tensor[] Encode(Tensor image) => encoder.Encode(image);

    /// <param name="maps">From <see cref="Encode"/>; they stay the caller's.</param>
    /// <param name="expertness">(B, R)</param>
    /// <returns>P1 logits (B, S, H, W) in single precision, and F1 (B, 4w, H/2, W/2) before its normalisation.</returns>
    public (Tensor Coarse, Tensor Features) Decode(IReadOnlyList<Tensor> maps, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var x = expertise.Infer(maps[4], expertness);
        for (var i = 0; i < ups.Length; i++)
            x = ups[i].Apply(x, maps[3 - i]);
        return (head.Apply(x).to(ScalarType.Float32).MoveToOuterDisposeScope(), x.MoveToOuterDisposeScope());
    }

    private static FoldedRise Head(FoldedLayers layers)
    {
        using var scope = NewDisposeScope();
        return layers.Rise(layers.RiseWeights("unet.up5").After(FoldedUp.Norm(layers, 4)), Activation.None);
    }
}

/// <summary>An <see cref="UpBlock"/> without its last normalisation.</summary>
internal sealed class FoldedUp(FoldedLayers layers, int number)
{
    private readonly FoldedRise rise = Rise(layers, number);
    private readonly FoldedConvolution side = layers.Convolution($"unet.up{number}.x_conv", Placement.Pixel, Activation.Relu);

    public Tensor Apply(Tensor x, Tensor skip)
    {
        using var scope = NewDisposeScope();
        return cat([rise.Apply(x), side.Apply(skip)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>What is still to be done to the block's result.</summary>
    public static Scaling Norm(FoldedLayers layers, int number) => layers.Norm($"unet.up{number}.bn");

    private static FoldedRise Rise(FoldedLayers layers, int number)
    {
        using var scope = NewDisposeScope();
        var weights = layers.RiseWeights($"unet.up{number}.tr_conv");
        return layers.Rise(number == 1 ? weights : weights.After(Norm(layers, number - 1)), Activation.Relu);
    }
}
