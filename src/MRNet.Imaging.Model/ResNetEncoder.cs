using MRNet.Imaging.Model.Layers;
using TorchSharp.Modules;

namespace MRNet.Imaging.Model;

/// <summary>ResNet34 (He et al. 2016) without its classifier. Layers bear the numbers that the published checkpoints give them.</summary>
internal sealed class ResNetEncoder : Module<Tensor, Tensor[]>
{
    /// <summary>Blocks in each of the four stages.</summary>
    public static readonly int[] Depths = [3, 4, 6, 3];

    [ComponentName(Name = "0")]
    private readonly Convolution2d stem;

    [ComponentName(Name = "1")]
    private readonly BatchNormalisation norm;

    [ComponentName(Name = "4")]
    private readonly Sequential stage1;

    [ComponentName(Name = "5")]
    private readonly Sequential stage2;

    [ComponentName(Name = "6")]
    private readonly Sequential stage3;

    [ComponentName(Name = "7")]
    private readonly Sequential stage4;

    public ResNetEncoder(int channels, int width) : base(nameof(ResNetEncoder))
    {
        stem = new Convolution2d(channels, width, kernel: 7, stride: 2, padding: 3, bias: false);
        norm = new BatchNormalisation(width);
        stage1 = Stage(Depths[0], width, width, stride: 1);
        stage2 = Stage(Depths[1], width, 2 * width, stride: 2);
        stage3 = Stage(Depths[2], 2 * width, 4 * width, stride: 2);
        stage4 = Stage(Depths[3], 4 * width, 8 * width, stride: 2);
        RegisterComponents();
    }

    /// <param name="image">(B, C, H, W), H and W multiples of 32.</param>
    /// <returns>Five maps: (B, w, H/2, W/2), (B, w, H/4, W/4), (B, 2w, H/8, W/8), (B, 4w, H/16, W/16), (B, 8w, H/32, W/32).</returns>
    public override Tensor[] forward(Tensor image)
    {
        using var scope = NewDisposeScope();

        var half = norm.call(stem.call(image)).relu_();
        var quarter = stage1.call(functional.max_pool2d(half, 3, stride: 2, padding: 1));
        var eighth = stage2.call(quarter);
        var sixteenth = stage3.call(eighth);
        var last = stage4.call(sixteenth);

        Tensor[] maps = [half, quarter, eighth, sixteenth, last];
        return [.. maps.Select(map => map.MoveToOuterDisposeScope())];
    }

    private static Sequential Stage(int blocks, int inputs, int outputs, int stride) => Sequential(
        Enumerable.Range(0, blocks).Select(i => ($"{i}", (torch.nn.Module<Tensor, Tensor>)new ResidualBlock(i == 0 ? inputs : outputs, outputs, i == 0 ? stride : 1))));
}

/// <summary>Two 3x3 convolutions and a short cut.</summary>
internal sealed class ResidualBlock : Module<Tensor, Tensor>
{
    private readonly Convolution2d conv1;
    private readonly BatchNormalisation bn1;
    private readonly Convolution2d conv2;
    private readonly BatchNormalisation bn2;
    private readonly Sequential? downsample;

    public ResidualBlock(int inputs, int outputs, int stride) : base(nameof(ResidualBlock))
    {
        conv1 = new Convolution2d(inputs, outputs, kernel: 3, stride, padding: 1, bias: false);
        bn1 = new BatchNormalisation(outputs);
        conv2 = new Convolution2d(outputs, outputs, kernel: 3, padding: 1, bias: false);
        bn2 = new BatchNormalisation(outputs);
        if (stride > 1 || inputs != outputs)
            downsample = Sequential(("0", new Convolution2d(inputs, outputs, kernel: 1, stride, bias: false)), ("1", new BatchNormalisation(outputs)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();

        var y = bn1.call(conv1.call(x)).relu_();
        var shortCut = downsample?.call(x) ?? x;
        return bn2.call(conv2.call(y)).add_(shortCut).relu_().MoveToOuterDisposeScope();
    }
}
