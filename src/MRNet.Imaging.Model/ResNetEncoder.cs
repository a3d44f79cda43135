using MRNet.Imaging.Model.Layers;
using TorchSharp.Modules;

namespace MRNet.Imaging.Model;

/// <summary>
/// ResNet34 or ResNet101 (He et al. 2016) without its classifier. Layers bear the numbers that the published checkpoints give
/// them. ResNet101's last map is four times as wide; a 1x1 convolution of ours brings it to the width that the EIM has on
/// ResNet34 (on 2048 channels its ConvLSTM alone would have 300 million weights).
/// </summary>
internal sealed class ResNetEncoder : Module<Tensor, Tensor[]>
{
    /// <summary>Blocks in each of the four stages of ResNet34.</summary>
    public static readonly int[] Depths = [3, 4, 6, 3];

    /// <summary>Name of the convolution that only ours has.</summary>
    internal const string Narrow = "narrow";

    private static readonly int[] Depths101 = [3, 4, 23, 3];

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

    [ComponentName(Name = Narrow)]
    private readonly Sequential? narrow;

    public ResNetEncoder(EncoderKind kind, int channels, int width) : base(nameof(ResNetEncoder))
    {
        Kind = kind;
        var (depths, expansion) = kind == EncoderKind.ResNet101 ? (Depths101, 4) : (Depths, 1);
        Channels = [width, expansion * width, 2 * expansion * width, 4 * expansion * width, 8 * width];
        stem = new Convolution2d(channels, width, kernel: 7, stride: 2, padding: 3, bias: false);
        norm = new BatchNormalisation(width);
        stage1 = Stage(depths[0], width, width, expansion, stride: 1);
        stage2 = Stage(depths[1], Channels[1], 2 * width, expansion, stride: 2);
        stage3 = Stage(depths[2], Channels[2], 4 * width, expansion, stride: 2);
        stage4 = Stage(depths[3], Channels[3], 8 * width, expansion, stride: 2);
        if (expansion > 1)
            narrow = Sequential(("0", new Convolution2d(8 * expansion * width, 8 * width, kernel: 1, bias: false)), ("1", new BatchNormalisation(8 * width)), ("2", ReLU()));
        RegisterComponents();
    }

    public EncoderKind Kind { get; }

    /// <summary>Of each of the five maps.</summary>
    public int[] Channels { get; }

    /// <param name="image">(B, C, H, W), H and W multiples of 32.</param>
    /// <returns>Five maps at H/2, H/4, H/8, H/16 and H/32, with <see cref="Channels"/>: w, w, 2w, 4w, 8w for ResNet34.</returns>
    public override Tensor[] forward(Tensor image)
    {
        using var scope = NewDisposeScope();

        var half = norm.call(stem.call(image)).relu_();
        var quarter = stage1.call(functional.max_pool2d(half, 3, stride: 2, padding: 1));
        var eighth = stage2.call(quarter);
        var sixteenth = stage3.call(eighth);
        var last = stage4.call(sixteenth);
        if (narrow is not null)
            last = narrow.call(last);

        Tensor[] maps = [half, quarter, eighth, sixteenth, last];
        return [.. maps.Select(map => map.MoveToOuterDisposeScope())];
    }

    private static Sequential Stage(int blocks, int inputs, int width, int expansion, int stride) => Sequential(
        Enumerable.Range(0, blocks).Select(i => ($"{i}", Block(i == 0 ? inputs : expansion * width, width, expansion, i == 0 ? stride : 1))));

    private static torch.nn.Module<Tensor, Tensor> Block(int inputs, int width, int expansion, int stride) =>
        expansion == 1 ? new ResidualBlock(inputs, width, stride) : new BottleneckBlock(inputs, width, expansion * width, stride);
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
        return bn2.call(conv2.call(y)).Add(shortCut).relu_().MoveToOuterDisposeScope();
    }
}

/// <summary>1x1, 3x3 and 1x1 convolutions and a short cut; the stride is the middle one's, as in torchvision.</summary>
internal sealed class BottleneckBlock : Module<Tensor, Tensor>
{
    private readonly Convolution2d conv1;
    private readonly BatchNormalisation bn1;
    private readonly Convolution2d conv2;
    private readonly BatchNormalisation bn2;
    private readonly Convolution2d conv3;
    private readonly BatchNormalisation bn3;
    private readonly Sequential? downsample;

    public BottleneckBlock(int inputs, int width, int outputs, int stride) : base(nameof(BottleneckBlock))
    {
        conv1 = new Convolution2d(inputs, width, kernel: 1, bias: false);
        bn1 = new BatchNormalisation(width);
        conv2 = new Convolution2d(width, width, kernel: 3, stride, padding: 1, bias: false);
        bn2 = new BatchNormalisation(width);
        conv3 = new Convolution2d(width, outputs, kernel: 1, bias: false);
        bn3 = new BatchNormalisation(outputs);
        if (stride > 1 || inputs != outputs)
            downsample = Sequential(("0", new Convolution2d(inputs, outputs, kernel: 1, stride, bias: false)), ("1", new BatchNormalisation(outputs)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();

        var y = bn1.call(conv1.call(x)).relu_();
        y = bn2.call(conv2.call(y)).relu_();
        var shortCut = downsample?.call(x) ?? x;
        return bn3.call(conv3.call(y)).Add(shortCut).relu_().MoveToOuterDisposeScope();
    }
}
