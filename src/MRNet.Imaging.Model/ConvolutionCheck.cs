using MRNet.Imaging.Model.Inference;
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
/// <param name="Tolerance">
/// Up to which it is right: float32 sums of thousands of products differ by a few 1e-6, bfloat16 by a few 1e-3; a wrong tail by 1e-1.
/// </param>
public sealed record CheckedConvolution(ConvolutionShape Shape, double Error, double Tolerance = 1e-4)
{
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
        return [.. Shapes(network, size).Select(Check)];
    }

    /// <summary>The folded layers as they are computed on this machine, and what the network convolves besides.</summary>
    public static IReadOnlyList<CheckedConvolution> Run(InferenceNetwork network, int size)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var folded = FoldedConvolution.Record();
        using var plain = Convolution2d.Record();
        using var output = network.Run(zeros([1, network.Options.Channels, size, size], device: network.Device), HeldScalars.Constant([1, network.Options.Raters], 1.0 / network.Options.Raters, network.Device));
        return [.. folded.Calls.Distinct().ToArray().Select(call => Check(call, network.Path)), .. plain.Shapes.Distinct().ToArray().Select(Check)];
    }

    /// <summary>The distinct convolutions of one pass, in their order.</summary>
    public static IReadOnlyList<ConvolutionShape> Shapes(MultiRaterNetwork network, int size)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var recorder = Convolution2d.Record();
        var options = network.Options;
        network.call(zeros(1, options.Channels, size, size), HeldScalars.Constant([1, options.Raters], 1.0 / options.Raters));
        return [.. recorder.Shapes.Distinct()];
    }

    private static CheckedConvolution Check(ConvolutionShape shape) => new(shape, Error(
        shape,
        (x, weight) => Convolution2d.Convolve(x, weight, null, shape.Stride, shape.Padding, shape.Dilation),
        wanted => wanted));

    private static CheckedConvolution Check(FoldedCall call, InferencePath path) => new(call.Shape, Error(
        call.Shape,
        (x, weight) => Folded(call, path, x, weight),
        wanted => call.Adding ? wanted.PlusOne().relu() : wanted.LeakyRelu(Slope)),
        path.Type() == ScalarType.Float32 ? 1e-4 : 1e-2);

    private const double Slope = 0.25;

    private static Tensor Folded(FoldedCall call, InferencePath path, Tensor x, Tensor weight)
    {
        using var scope = NewDisposeScope();
        var placement = new Placement(call.Shape.Stride, call.Shape.Padding, call.Shape.Dilation);
        using var layer = new FoldedConvolution(new(weight, zeros(weight.size(0))), placement, Activation.Prelu(Slope), path);
        var lastInMemory = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        if (!call.Adding)
            return layer.Apply(lastInMemory).MoveToOuterDisposeScope();

        var ones = ones_like(layer.Apply(lastInMemory));
        Poison(ones.numel());
        return layer.ApplyAdding(lastInMemory, ones).MoveToOuterDisposeScope();
    }

    private static double Error(ConvolutionShape shape, Func<Tensor, Tensor, Tensor> convolve, Func<Tensor, Tensor> then)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (i, w) = (shape.Input, shape.Weight);
        var x = rand([i.B, i.C, i.H, i.W], generator: generator).Plus(-0.5);
        var weight = rand([w.O, w.C, w.Kh, w.Kw], generator: generator).Plus(-0.5);

        Poison(x.numel() + w.O * i.H * i.W);
        var found = convolve(x, weight);
        return found.isnan().any().item<bool>() ? double.NaN : Bands(found.size(2)).Max(band =>
        {
            using var one = NewDisposeScope();
            var wanted = then(InDouble(shape, x, weight, band));
            return ((found.narrow(2, band.From, band.Rows) - wanted).abs().max() / wanted.abs().max()).item<double>();
        });
    }

    /// <summary>Rows that are compared: double is slow, and a wrong kernel is not wrong in the rows between only.</summary>
    private static (long From, long Rows)[] Bands(long height)
    {
        const long rows = 2;
        return height <= 3 * rows ? [(0, height)] : [(0, rows), (height / 2 - 1, rows), (height - rows, rows)];
    }

    private static Tensor InDouble(ConvolutionShape shape, Tensor x, Tensor weight, (long From, long Rows) band)
    {
        using var scope = NewDisposeScope();
        var (from, reach) = (band.From * shape.Stride, (band.Rows - 1) * shape.Stride + (shape.Weight.Kh - 1) * shape.Dilation + 1);
        var seen = functional.pad(x, [shape.Padding, shape.Padding, shape.Padding, shape.Padding]).narrow(2, from, reach);
        return functional.conv2d(
                seen.to(ScalarType.Float64), weight.to(ScalarType.Float64), strides: [shape.Stride, shape.Stride], dilation: [shape.Dilation, shape.Dilation])
            .MoveToOuterDisposeScope();
    }

    /// <summary>Leaves freed memory full of NaN, so that a read beyond what was written shows.</summary>
    private static void Poison(long count)
    {
        for (var i = 0; i < 4; i++)
            using (HeldScalars.Constant([count], double.NaN))
            {
            }
    }
}
