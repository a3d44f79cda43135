namespace MRNet.Imaging.Model.Inference;

/// <summary>The <see cref="ResNetEncoder"/>, folded.</summary>
internal sealed class FoldedEncoder(FoldedLayers layers, string name)
{
    private readonly FoldedConvolution stem = layers.Convolution($"{name}.0", $"{name}.1", new(2, 3, 1), Activation.Relu);
    private readonly FoldedResidual[][] stages = [.. ResNetEncoder.Depths.Select((depth, stage) => Stage(layers, $"{name}.{stage + 4}", depth, stage == 0 ? 1 : 2))];

    /// <param name="image">(B, C, H, W), H and W multiples of 32.</param>
    /// <returns>Five maps at H/2, H/4, H/8, H/16, H/32.</returns>
    public Tensor[] Encode(Tensor image)
    {
        using var scope = NewDisposeScope();

        var maps = new List<Tensor> { stem.Apply(image) };
        var x = functional.max_pool2d(maps[0], 3, stride: 2, padding: 1);
        foreach (var stage in stages)
        {
            foreach (var block in stage)
                x = block.Apply(x);
            maps.Add(x);
        }

        return [.. maps.Select(map => map.MoveToOuterDisposeScope())];
    }

    private static FoldedResidual[] Stage(FoldedLayers layers, string name, int depth, int stride) =>
        [.. Enumerable.Range(0, depth).Select(i => new FoldedResidual(layers, $"{name}.{i}", i == 0 ? stride : 1))];
}

/// <summary>The <see cref="ResidualBlock"/>, folded: its last convolution adds the short cut.</summary>
internal sealed class FoldedResidual(FoldedLayers layers, string name, int stride)
{
    private readonly FoldedConvolution first = layers.Convolution($"{name}.conv1", $"{name}.bn1", new(stride, 1, 1), Activation.Relu);
    private readonly FoldedConvolution second = layers.Convolution($"{name}.conv2", $"{name}.bn2", Placement.Same, Activation.None);

    private readonly FoldedConvolution? shortCut = layers.Has($"{name}.downsample.0")
        ? layers.Convolution($"{name}.downsample.0", $"{name}.downsample.1", new(stride, 0, 1), Activation.None)
        : null;

    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        return second.ApplyAdding(first.Apply(x), shortCut?.Apply(x) ?? x).MoveToOuterDisposeScope();
    }
}
