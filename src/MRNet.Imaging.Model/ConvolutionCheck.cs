using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>A convolution as the network asks for it.</summary>
/// <param name="Input">(B, C, H, W)</param>
/// <param name="Weight">(O, C, k, k)</param>
public sealed record ConvolutionShape(
    (long B, long C, long H, long W) Input, (long O, long C, long Kh, long Kw) Weight, long Stride, long Padding, long Dilation)
{
    public override string ToString() =>
        $"{Input.C} -> {Weight.O} channels, {Weight.Kh} x {Weight.Kw}, stride {Stride}, dilation {Dilation}, {Input.W} x {Input.H} pixels";
}

/// <summary>How one convolution came out on this machine.</summary>
/// <param name="Error">Largest difference from the same in double, as a share of the largest value; NaN where it gave NaN.</param>
public sealed record CheckedConvolution(ConvolutionShape Shape, double Error)
{
    /// <summary>float32 sums of thousands of products differ by a few 1e-6; a wrong tail differs by 1e-1.</summary>
    private const double Tolerance = 1e-4;

    public bool Right => Error <= Tolerance;

    public override string ToString() => FormattableString.Invariant($"{Shape}: off by {Error:0.0e+0} of the largest value");
}

/// <summary>
/// Compares every distinct convolution of a network with the same in double precision, in memory that was filled with NaN
/// before: libtorch 2.10 computes some shapes wrongly on some CPUs, without a word (decisions/0004).
/// </summary>
public static class ConvolutionCheck
{
    /// <param name="network">In evaluation mode.</param>
    /// <param name="size">Height and width of the image the network will see.</param>
    public static IReadOnlyList<CheckedConvolution> Run(MultiRaterNetwork network, int size)
    {
        using var off = no_grad();
        return [.. Shapes(network, size).Select(shape => new CheckedConvolution(shape, Error(shape)))];
    }

    /// <summary>The distinct convolutions of one pass, in their order.</summary>
    public static IReadOnlyList<ConvolutionShape> Shapes(MultiRaterNetwork network, int size)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var recorder = Convolution2d.Record();
        var options = network.Options;
        network.call(zeros(1, options.Channels, size, size), full([1, options.Raters], 1f / options.Raters));
        return [.. recorder.Shapes.Distinct()];
    }

    private static double Error(ConvolutionShape shape)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (i, w) = (shape.Input, shape.Weight);
        var x = randn([i.B, i.C, i.H, i.W], generator: generator);
        var weight = randn([w.O, w.C, w.Kh, w.Kw], generator: generator);

        Poison(x.numel() + w.O * i.H * i.W);
        using var found = Convolution2d.Convolve(x, weight, null, shape.Stride, shape.Padding, shape.Dilation);
        using var wanted = functional.conv2d(
            x.to(ScalarType.Float64), weight.to(ScalarType.Float64), strides: [shape.Stride, shape.Stride], padding: [shape.Padding, shape.Padding], dilation: [shape.Dilation, shape.Dilation]);
        return ((found - wanted).abs().max() / wanted.abs().max()).item<double>();
    }

    /// <summary>Leaves freed memory full of NaN, so that a read beyond what was written shows.</summary>
    private static void Poison(long count)
    {
        for (var i = 0; i < 4; i++)
            using (full([count], float.NaN))
            {
            }
    }
}
