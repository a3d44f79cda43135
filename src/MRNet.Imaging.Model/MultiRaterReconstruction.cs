using MRNet.Imaging.Model.Layers;
using TorchSharp.Modules;

namespace MRNet.Imaging.Model;

/// <summary>
/// Multi-rater Reconstruction Module (MRM): from the image and the coarse prediction, what each rater would have drawn.
/// DeepLabV3+ on VGG16 with its own expertise-aware module at the bottleneck.
/// </summary>
public sealed class MultiRaterReconstruction : Module<Tensor, Tensor, Tensor, (Tensor Raters, Tensor[] Features)>
{
    /// <summary>Convolutions in each of VGG16's five blocks.</summary>
    internal static readonly int[] Depths = [2, 2, 3, 3, 3];

    [ComponentName(Name = "conv_f")]
    private readonly Convolution2d stem;

    private readonly VggLayer[][] blocks;

    [ComponentName(Name = "conv_c")]
    private readonly Convolution2d? embedding;

    [ComponentName(Name = "CONVLSTMcell")]
    private readonly ConvLstmCell? cell;

    [ComponentName(Name = "mix")]
    private readonly Convolution2d? mixing;

    private readonly TransposedConvolution up1;
    private readonly AtrousLayer aspp1;
    private readonly AtrousLayer aspp2;
    private readonly AtrousLayer aspp3;
    private readonly AtrousLayer aspp4;

    [ComponentName(Name = "global_avg_pool")]
    private readonly Sequential pooled;

    [ComponentName(Name = "conv1")]
    private readonly Convolution2d project;

    [ComponentName(Name = "bn1")]
    private readonly BatchNormalisation projectNorm;

    [ComponentName(Name = "conv2")]
    private readonly Convolution2d lowLevel;

    [ComponentName(Name = "bn2")]
    private readonly BatchNormalisation lowLevelNorm;

    [ComponentName(Name = "last_conv")]
    private readonly Sequential fuse;

    private readonly Convolution2d[] heads;
    private readonly ExpertiseInferring inferring;

    public MultiRaterReconstruction(NetworkOptions options) : base(nameof(MultiRaterReconstruction))
    {
        var w = options.Width;
        var low = Math.Max(4, 48 * w / 64);
        int[] channels = [w, 2 * w, 4 * w, 8 * w, 8 * w];

        stem = new Convolution2d(options.Channels + options.Structures, 3, kernel: 3, padding: 1);
        blocks = [.. Depths.Select((depth, b) => VggBlock(b == 0 ? 3 : channels[b - 1], channels[b], depth))];
        inferring = new ExpertiseInferring(options, 8 * w);
        (embedding, cell, mixing) = (inferring.Embedding, inferring.Cell, inferring.Mixing);
        up1 = new TransposedConvolution(8 * w, 8 * w);
        aspp1 = new AtrousLayer(8 * w, 4 * w, kernel: 1, dilation: 1);
        aspp2 = new AtrousLayer(8 * w, 4 * w, kernel: 3, dilation: 6);
        aspp3 = new AtrousLayer(8 * w, 4 * w, kernel: 3, dilation: 12);
        aspp4 = new AtrousLayer(8 * w, 4 * w, kernel: 3, dilation: 18);
        pooled = Sequential(
            ("0", AdaptiveAvgPool2d(1)),
            ("1", new Convolution2d(8 * w, 4 * w, kernel: 1, bias: false)),
            ("2", new BatchNormalisation(4 * w)),
            ("3", PReLU(1)));
        project = new Convolution2d(20 * w, 4 * w, kernel: 1, bias: false);
        projectNorm = new BatchNormalisation(4 * w);
        lowLevel = new Convolution2d(4 * w, low, kernel: 1, bias: false);
        lowLevelNorm = new BatchNormalisation(low);
        fuse = Sequential(
            ("0", new Convolution2d(4 * w + low, 4 * w, kernel: 3, padding: 1, bias: false)),
            ("1", new BatchNormalisation(4 * w)),
            ("2", ReLU()),
            ("3", new Convolution2d(4 * w, 4 * w, kernel: 3, padding: 1, bias: false)),
            ("4", new BatchNormalisation(4 * w)),
            ("5", PReLU(1)));
        heads = [.. Enumerable.Range(0, options.Raters).Select(_ => new Convolution2d(4 * w, options.Structures, kernel: 1))];

        RegisterComponents();
        RegisterNumbered();
    }

    internal IEnumerable<Tensor> HeadBiases => heads.Select(head => head.Bias!);

    /// <param name="image">(B, C, H, W)</param>
    /// <param name="coarse">(B, S, H, W): P1 as probability or logit, see <see cref="NetworkOptions.CoarseInput"/>; or the ground truth.</param>
    /// <param name="expertness">(B, R)</param>
    /// <returns>Logits (B, R, S, H, W), and the block outputs D_1..D_5 of the consistency loss (Eq. 7).</returns>
    public override (Tensor Raters, Tensor[] Features) forward(Tensor image, Tensor coarse, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var features = Encode(image, coarse);
        var raters = Decode(features, expertness, image.size(2), image.size(3));
        return (raters.MoveToOuterDisposeScope(), [.. features.Select(map => map.MoveToOuterDisposeScope())]);
    }

    /// <returns>D_1..D_5: the outputs of VGG16's blocks at H, H/2, H/4, H/8, H/16.</returns>
    public Tensor[] Encode(Tensor image, Tensor coarse)
    {
        using var scope = NewDisposeScope();

        var features = new Tensor[blocks.Length];
        var x = stem.call(cat([image, coarse], 1)); // (B, 3, H, W)
        for (var b = 0; b < blocks.Length; b++)
        {
            if (b > 0)
                x = functional.max_pool2d(x, 2, stride: 2, ceil_mode: true);
            foreach (var layer in blocks[b])
                x = layer.Apply(x);
            features[b] = x;
        }

        return [.. features.Select(map => map.MoveToOuterDisposeScope())];
    }

    private Tensor Decode(Tensor[] features, Tensor expertness, long height, long width)
    {
        using var scope = NewDisposeScope();

        var deep = up1.call(inferring.Infer(features[4], expertness)); // (B, 8w, H/8, W/8)
        var low = features[2];                                         // (B, 4w, H/4, W/4)
        var (h, w) = (low.size(2), low.size(3));

        var x = Resize(projectNorm.call(project.call(Pyramid(deep))).relu_(), h, w); // (B, 4w, H/4, W/4)
        var side = lowLevelNorm.call(lowLevel.call(low)).relu_();
        x = fuse.call(cat([x, side], 1));                                            // (B, 4w, H/4, W/4)
        return Heads(x, height, width).MoveToOuterDisposeScope();
    }

    /// <summary>Atrous spatial pyramid; the branches are added up one by one and all partial sums are kept.</summary>
    private Tensor Pyramid(Tensor x)
    {
        using var scope = NewDisposeScope();

        var x1 = aspp1.call(x);
        var x2 = x1.Plus(aspp2.call(x));
        var x3 = x2.Plus(aspp3.call(x));
        var x4 = x3.Plus(aspp4.call(x));
        var x5 = x4.Plus(pooled.call(x)); // one pixel, spread
        return cat([x1, x2, x3, x4, x5], 1).MoveToOuterDisposeScope(); // (B, 20w, H/8, W/8)
    }

    /// <summary>
    /// Each rater's head is a 1x1 convolution, which commutes with the bilinear resize: all of them are one convolution
    /// at a quarter of the size (1.0 s against 3 ms for 256 x 256 on two cores, equal to 3e-7).
    /// </summary>
    private Tensor Heads(Tensor x, long height, long width)
    {
        using var scope = NewDisposeScope();

        var weight = cat([.. heads.Select(head => head.Weight)], 0); // (R S, 4w, 1, 1)
        var bias = cat([.. heads.Select(head => head.Bias!)], 0);
        var logits = Resize(Convolution2d.Convolve(x, weight, bias), height, width);
        return logits.reshape(x.size(0), heads.Length, -1, height, width).MoveToOuterDisposeScope(); // (B, R, S, H, W)
    }

    private static Tensor Resize(Tensor x, long height, long width) =>
        functional.interpolate(x, size: [height, width], mode: InterpolationMode.Bilinear, align_corners: true);

    private static VggLayer[] VggBlock(int inputs, int outputs, int depth) =>
        [.. Enumerable.Range(0, depth).Select(i => new VggLayer(i == 0 ? inputs : outputs, outputs))];

    /// <summary>conv1_1, bn1_1, relu1_1 ... and pred1 ... as the published checkpoints name them.</summary>
    private void RegisterNumbered()
    {
        for (var b = 0; b < blocks.Length; b++)
            for (var i = 0; i < blocks[b].Length; i++)
            {
                var (layer, number) = (blocks[b][i], $"{b + 1}_{i + 1}");
                register_module("conv" + number, layer.Convolution);
                register_module("bn" + number, layer.Norm);
                register_module("relu" + number, layer.Slope);
            }

        for (var k = 0; k < heads.Length; k++)
            register_module($"pred{k + 1}", heads[k]);
    }

    /// <summary>3x3 convolution, batch normalisation and PReLU with one slope.</summary>
    private sealed class VggLayer(int inputs, int outputs)
    {
        public Convolution2d Convolution { get; } = new(inputs, outputs, kernel: 3, padding: 1);

        public BatchNormalisation Norm { get; } = new(outputs);

        public PReLU Slope { get; } = PReLU(1);

        public Tensor Apply(Tensor x)
        {
            using var scope = NewDisposeScope();
            return Slope.call(Norm.call(Convolution.call(x))).MoveToOuterDisposeScope();
        }
    }
}

/// <summary>One branch of the pyramid: dilated convolution, batch normalisation, ReLU.</summary>
internal sealed class AtrousLayer : Module<Tensor, Tensor>
{
    [ComponentName(Name = "atrous_convolution")]
    private readonly Convolution2d convolution;

    private readonly BatchNormalisation bn;

    public AtrousLayer(int inputs, int outputs, int kernel, int dilation) : base(nameof(AtrousLayer))
    {
        convolution = new Convolution2d(inputs, outputs, kernel, padding: kernel == 1 ? 0 : dilation, dilation: dilation, bias: false);
        bn = new BatchNormalisation(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return bn.call(convolution.call(x)).relu_().MoveToOuterDisposeScope();
    }
}
