using TorchSharp.Modules;

namespace MRNet.Imaging.Model.Layers;

/// <summary>
/// Transposed convolution of kernel 2 and stride 2: each input pixel becomes a 2 x 2 patch of its own, so it is a 1 x 1
/// convolution to four times the channels, laid out in space.
/// </summary>
public sealed class TransposedConvolution : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public TransposedConvolution(long inputs, long outputs) : base(nameof(TransposedConvolution))
    {
        weight = Parameter(empty(inputs, outputs, 2, 2));
        bias = Parameter(zeros(outputs));
        init.normal_(weight, 0, Math.Sqrt(2.0 / inputs));
        RegisterComponents();
    }

    /// <summary>(C, O, 2, 2), as torch's ConvTranspose2d keeps it.</summary>
    public Parameter Weight => weight;

    /// <summary>(O)</summary>
    public Parameter Bias => bias;

    /// <param name="x">(B, C, h, w)</param>
    /// <returns>(B, O, 2h, 2w)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (inputs, outputs) = (weight.size(0), weight.size(1));

        var patches = weight.permute(1, 2, 3, 0).reshape(outputs * 4, inputs, 1, 1);
        var y = Convolution2d.Convolve(x, patches, bias.repeat_interleave(4)); // (B, 4 O, h, w)
        return functional.pixel_shuffle(y, 2).MoveToOuterDisposeScope();     // (B, O, 2h, 2w)
    }
}
