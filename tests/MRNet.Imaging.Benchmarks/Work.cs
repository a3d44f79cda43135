using System.Diagnostics;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Benchmarks;

/// <summary>How much a pass computes: multiplications and additions of its convolutions.</summary>
internal static class Work
{
    public static double Of(NaiveNetwork network, Tensor image, Tensor expertness)
    {
        var before = network.Operations;
        network.Refined(image, expertness).Dispose();
        return network.Operations - before;
    }

    /// <summary>With the channels of zeros that fill up to multiples of 16.</summary>
    public static double Of(InferenceNetwork network, Tensor image, Tensor expertness)
    {
        using var folded = FoldedConvolution.Record();
        using var plain = Convolution2d.Record();
        network.Run(image, expertness).Dispose();
        return folded.Calls.Select(call => call.Shape).Concat(plain.Shapes).Sum(Operations);
    }

    private static double Operations(ConvolutionShape shape)
    {
        var ((b, _, h, w), (outputs, inputs, kh, kw)) = (shape.Input, shape.Weight);
        double Size(long pixels, long kernel) => (pixels + 2 * shape.Padding - shape.Dilation * (kernel - 1) - 1) / shape.Stride + 1;
        return 2.0 * b * outputs * inputs * kh * kw * Size(h, kh) * Size(w, kw);
    }
}

/// <summary>What the processor reaches when it does nothing but multiply matrices through libtorch.</summary>
internal static class Gemm
{
    private const int Size = 2048;

    /// <returns>GFLOP/s, the best of ten.</returns>
    public static double Peak(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (rand(Size, Size).to(type), rand(Size, Size).to(type));
        var best = double.PositiveInfinity;
        for (var i = 0; i <= 10; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var product = a.matmul(b);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * Size * Size * Size / best / 1e9;
    }
}
