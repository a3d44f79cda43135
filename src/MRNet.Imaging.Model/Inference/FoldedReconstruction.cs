namespace MRNet.Imaging.Model.Inference;

/// <summary>The <see cref="MultiRaterReconstruction"/>, folded.</summary>
internal sealed class FoldedReconstruction(FoldedLayers layers, NetworkOptions options)
{
    private readonly int raters = options.Raters;

    private readonly FoldedConvolution stem = layers.Convolution("mrm.conv_f", Placement.Same, Activation.None, keepFilling: true);
    private readonly FoldedConvolution[][] blocks = [.. MultiRaterReconstruction.Depths.Select((depth, b) => Block(layers, b + 1, depth))];
    private readonly FoldedExpertise expertise = new(layers, "mrm.conv_c", "mrm.CONVLSTMcell", options.RecurrentSteps);
    private readonly FoldedPyramid pyramid = new(layers);
    private readonly FoldedConvolution lowLevel = layers.Convolution("mrm.conv2", "mrm.bn2", Placement.Pixel, Activation.Relu, keepFilling: true);
    private readonly FoldedConvolution fuse1 = layers.Convolution("mrm.last_conv.0", "mrm.last_conv.1", Placement.Same, Activation.Relu);
    private readonly FoldedConvolution fuse2 = layers.Convolution("mrm.last_conv.3", "mrm.last_conv.4", Placement.Same, layers.Prelu("mrm.last_conv.5"));
    private readonly FoldedConvolution heads = Heads(layers, options.Raters);

    /// <param name="image">(B, C, H, W)</param>
    /// <param name="coarse">(B, S, H, W): P1 as probability or logit.</param>
    /// <param name="expertness">(B, R)</param>
    /// <returns>Logits (B, R, S, H, W).</returns>
    public Tensor Reconstruct(Tensor image, Tensor coarse, Tensor expertness, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (image.size(2), image.size(3));

        var (low, last) = Encode(cat([image, coarse], 1), cancellation);
        var x = pyramid.Apply(expertise.Infer(last, expertness));       // (B, 4w, H/8, W/8)
        x = Resize(x, low.size(2), low.size(3));                        // (B, 4w, H/4, W/4)
        x = fuse2.Apply(fuse1.Apply(cat([x, lowLevel.Apply(low)], 1)));
        return Resize(heads.Apply(x).to(ScalarType.Float32), height, width).contiguous()
            .reshape(x.size(0), raters, -1, height, width)
            .MoveToOuterDisposeScope();
    }

    /// <returns>The outputs of VGG16's third and fifth blocks, at H/4 and H/16.</returns>
    private (Tensor Low, Tensor Last) Encode(Tensor x, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var low = x = stem.Apply(x);
        for (var b = 0; b < blocks.Length; b++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (b > 0)
                x = functional.max_pool2d(x, 2, stride: 2, ceil_mode: true);
            foreach (var layer in blocks[b])
                x = layer.Apply(x);
            if (b == 2)
                low = x;
        }

        return (low.MoveToOuterDisposeScope(), x.MoveToOuterDisposeScope());
    }

    private static Tensor Resize(Tensor x, long height, long width) =>
        functional.interpolate(x, size: [height, width], mode: InterpolationMode.Bilinear, align_corners: true);

    private static FoldedConvolution[] Block(FoldedLayers layers, int number, int depth) =>
    [
        .. from i in Enumerable.Range(1, depth)
           let layer = $"{number}_{i}"
           select layers.Convolution($"mrm.conv{layer}", $"mrm.bn{layer}", Placement.Same, layers.Prelu($"mrm.relu{layer}")),
    ];

    /// <summary>All raters' heads as one, (R S, 4w, 1, 1).</summary>
    private static FoldedConvolution Heads(FoldedLayers layers, int raters)
    {
        using var scope = NewDisposeScope();
        var each = Enumerable.Range(1, raters).Select(rater => layers.Weights($"mrm.pred{rater}")).ToArray();
        var all = new FoldedWeights(cat([.. each.Select(head => head.Weight)], 0), cat([.. each.Select(head => head.Bias)], 0));
        return layers.Convolution(all, Placement.Pixel, Activation.None);
    }
}
