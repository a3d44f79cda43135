using CsCheck;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Torch.Tests.Model;

/// <summary>libtorch 2.10 computes some convolutions wrongly on some CPUs (decisions/0004); ours must be right for each shape in use.</summary>
public sealed class ConvolutionTests
{
    private const double Tolerance = 1e-4; // of the largest value; a wrong one is off by 1e-1, or NaN

    [Theory]
    [InlineData(1), InlineData(2)]
    public void Every_convolution_of_the_networks_is_right_in_memory_full_of_NaN(int threads)
    {
        using var fixedThreads = new Threads(threads);

        Assert.Empty(ShapesOfNetworks().SelectMany(Faults));
    }

    [Theory]
    [InlineData(76, 64, 32, 1), InlineData(152, 128, 32, 1), InlineData(5, 3, 64, 1), InlineData(2, 3, 64, 1)]
    [InlineData(76, 64, 32, 2), InlineData(152, 128, 32, 2), InlineData(5, 3, 64, 2), InlineData(2, 3, 64, 2)]
    public void Shapes_that_libtorch_computes_wrongly_are_right(int inputs, int outputs, int size, int threads)
    {
        using var fixedThreads = new Threads(threads);

        Assert.Empty(Faults(new((2, inputs, size, size), (outputs, inputs, 3, 3), Stride: 1, Padding: 1, Dilation: 1)));
    }

    [Fact]
    public void Any_shape_equals_conv2d_in_double() =>
        (from channels in Gen.Select(Gen.Long[1, 40], Gen.Long[1, 40])
         from size in Gen.Select(Gen.Long[7, 24], Gen.Long[7, 24])
         from kernel in Gen.OneOf(Gen.Const(1L), Gen.Const(3L), Gen.Const(7L))
         from stride in Gen.Long[1, 2]
         from dilation in Gen.OneOf(Gen.Const(1L), Gen.Const(2L), Gen.Const(6L))
         select new ConvolutionShape(
             (2, channels.Item1, size.Item1, size.Item2), (channels.Item2, channels.Item1, kernel, kernel), stride, dilation * (kernel - 1) / 2, dilation))
        .Sample(shape => Assert.Empty(Faults(shape)), iter: 100, threads: 1);

    [Fact]
    public void A_convolution_without_bias_has_none()
    {
        using var with = new Convolution2d(3, 5, kernel: 3);
        using var without = new Convolution2d(3, 5, kernel: 3, bias: false);

        Assert.Equal(["weight", "bias"], with.state_dict().Keys);
        Assert.Equal(["weight"], without.state_dict().Keys);
    }

    [Theory]
    [InlineData(8, 4), InlineData(5, 3), InlineData(20, 1), InlineData(64, 32)]
    public void A_transposed_convolution_equals_that_of_torch(int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var ours = new TransposedConvolution(inputs, outputs);
        nn.init.normal_(ours.Bias);
        var x = randn(2, inputs, 5, 7).requires_grad_(true);
        var (xd, weight, bias) = (Double(x), Double(ours.Weight), Double(ours.Bias));

        var found = ours.call(x);
        var wanted = nn.functional.conv_transpose2d(xd, weight, bias, strides: [2, 2]);
        var up = randn_like(found);
        (found * up).sum().backward();
        (wanted * up.to(ScalarType.Float64)).sum().backward();

        Close.To(wanted, found);
        Close.To(xd.grad!, x.grad!);
        Close.To(weight.grad!, ours.Weight.grad!);
        Close.To(bias.grad!, ours.Bias.grad!);
    }

    [Fact]
    public void The_check_of_an_installed_model_finds_every_convolution_right()
    {
        using var network = Some.Network();

        var results = ConvolutionCheck.Run(network, 64);

        Assert.True(results.Count > 20, $"{results.Count} distinct convolutions");
        Assert.All(results, result => Assert.True(result.Right, result.ToString()));
    }

    [Theory]
    [InlineData(2e-4), InlineData(double.NaN)]
    public void A_result_that_is_off_is_not_right(double error) =>
        Assert.False(new CheckedConvolution(new((1, 76, 8, 8), (64, 76, 3, 3), 1, 1, 1), error).Right);

    private static ConvolutionShape[] ShapesOfNetworks()
    {
        NetworkOptions[] networks =
        [
            NetworkOptions.Paper(raters: 4, structures: 1, channels: 1, width: 16),
            NetworkOptions.Paper(raters: 6, structures: 2, channels: 3, width: 16),
            NetworkOptions.Paper(raters: 3, structures: 3, channels: 1, width: 16),
            NetworkOptions.Published(raters: 6, structures: 2, channels: 3, width: 16),
            NetworkOptions.Paper(raters: 6, structures: 2, channels: 3, width: 16) with { Encoder = EncoderKind.ResNet101, Expertise = ExpertiseUse.Concatenation },
            NetworkOptions.Paper(raters: 4, structures: 4, channels: 4, width: 20) with { Encoder = EncoderKind.ResNet101, Reconstruction = false, Perception = false },
        ];
        return [.. networks.SelectMany(Shapes).Concat(ShapesOfBaselines()).Distinct()];
    }

    /// <summary>What the baselines convolve besides: a head for each of six raters, the FCN's scores.</summary>
    private static ConvolutionShape[] ShapesOfBaselines()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var options = NetworkOptions.Paper(raters: 6, structures: 2, channels: 3, width: 16) with { Expertise = ExpertiseUse.None };
        using var heads = new PlainUNet(options with { Structures = 12 });
        using var fcn = new FullyConvolutionalNetwork(options);
        using var recorder = Convolution2d.Record();
        foreach (var network in new nn.Module<Tensor, Tensor>[] { heads, fcn })
        {
            network.eval();
            network.call(zeros(1, 3, 64, 64));
        }

        return [.. recorder.Shapes.Distinct()];
    }

    private static IEnumerable<ConvolutionShape> Shapes(NetworkOptions options)
    {
        using var network = new MultiRaterNetwork(options);
        network.eval();
        return [.. ConvolutionCheck.Shapes(network, 64), .. ConvolutionCheck.Shapes(network, 128)];
    }

    /// <summary>Forward and all gradients, against the same in double.</summary>
    private static IEnumerable<string> Faults(ConvolutionShape shape)
    {
        using var scope = NewDisposeScope();
        var (i, w) = (shape.Input, shape.Weight);
        var x = randn(2, i.C, i.H, i.W).requires_grad_(true);
        var weight = randn(w.O, w.C, w.Kh, w.Kw).requires_grad_(true);
        var bias = randn(w.O).requires_grad_(true);
        var (xd, wd, bd) = (Double(x), Double(weight), Double(bias));

        Poison(x, weight);
        var found = Convolution2d.Convolve(x, weight, bias, shape.Stride, shape.Padding, shape.Dilation);
        var wanted = nn.functional.conv2d(
            xd, wd, bd, strides: [shape.Stride, shape.Stride], padding: [shape.Padding, shape.Padding], dilation: [shape.Dilation, shape.Dilation]);
        var up = randn_like(found);
        (wanted * up.to(ScalarType.Float64)).sum().backward();
        Poison(x, weight, found);
        (found * up).sum().backward();

        Poison(x, weight, found);
        using var off = no_grad(); // another primitive of oneDNN
        var inference = Convolution2d.Convolve(x.detach(), weight.detach(), null, shape.Stride, shape.Padding, shape.Dilation);

        (string, double)[] errors =
        [
            ("forward without gradients", Close.Difference(inference, wanted.detach() - bd.detach().reshape(1, -1, 1, 1))),
            ("forward", Close.Difference(found, wanted)),
            ("gradient of the input", Close.Difference(x.grad!, xd.grad!)),
            ("gradient of the weight", Close.Difference(weight.grad!, wd.grad!)),
            ("gradient of the bias", Close.Difference(bias.grad!, bd.grad!)),
        ];
        return [.. errors.Where(error => !(error.Item2 <= Tolerance)).Select(error => $"{shape}: {error.Item1} off by {error.Item2:0.0e+0}")];
    }

    private static Tensor Double(Tensor x) => x.detach().to(ScalarType.Float64).requires_grad_(true);

    /// <summary>Leaves freed memory of these sizes, and of the sizes they are padded to, full of NaN.</summary>
    private static void Poison(params Tensor[] like)
    {
        using var scope = NewDisposeScope();
        foreach (var tensor in like)
            for (var i = 1; i <= 3; i++)
                full([tensor.numel() * i + 64], float.NaN);
    }
}
