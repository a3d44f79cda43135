using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>What a <see cref="FoldedConvolution"/> was asked for; the counts are filled up.</summary>
internal sealed record FoldedCall(ConvolutionShape Shape, bool Adding);

/// <summary>
/// Convolution, the normalisation folded into it, and the activation, as one step. Where oneDNN can be called the weights
/// are laid out for it and maps lie channels last in memory; elsewhere it is a plain convolution on plain maps.
/// </summary>
internal sealed class FoldedConvolution : IDisposable
{
    private readonly Placement at;
    private readonly Activation activation;
    private readonly InferencePath path;
    private readonly ScalarType type;
    private readonly long outputs;
    private readonly long[] filled;
    private readonly Tensor weight;
    private readonly Tensor bias;

    /// <param name="keepFilling">
    /// Leaves the channels of zeros that fill the result up to a multiple of 16, for a next layer that wants them again.
    /// </param>
    public FoldedConvolution(FoldedWeights weights, Placement at, Activation activation, InferencePath path, bool keepFilling = false)
    {
        using var scope = NewDisposeScope();
        (this.at, this.activation, this.path) = (at, activation, path);
        type = path.Type();
        var full = weights.FilledUp();
        filled = full.Weight.shape;
        outputs = keepFilling ? filled[0] : weights.Bias.size(0);
        weight = Laid(full.Weight.to(type)).DetachFromDisposeScope();
        bias = full.Bias.to(type).DetachFromDisposeScope();
    }

    /// <param name="x">(B, C, H, W)</param>
    /// <returns>(B, O, H', W')</returns>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = FilledUp(x, adding: false);
        var y = path.IsPlain() ? activation.Apply(Convolution2d.Convolve(x.contiguous(), weight, bias, at.Stride, at.Padding, at.Dilation))
            : filled[2] == 1 ? Product(x)
            : OneDnn.Convolve(x, weight, bias, at, activation);
        return Cut(y).MoveToOuterDisposeScope();
    }

    /// <summary>ReLU(convolution + <paramref name="other"/>): the end of a residual block. The layer's own activation is not applied.</summary>
    /// <param name="other">(B, O, H', W')</param>
    public Tensor ApplyAdding(Tensor x, Tensor other)
    {
        using var scope = NewDisposeScope();
        x = FilledUp(x, adding: true);
        var y = path.IsPlain() ? Cut(Convolution2d.Convolve(x.contiguous(), weight, bias, at.Stride, at.Padding, at.Dilation)).Add(other).relu_()
            : other.size(2) * other.size(3) == 1 ? Cut(OneDnn.Convolve(x, weight, bias, at, Activation.None)).Add(other).relu_() // libtorch 2.10 refuses to add to one pixel
            : Cut(OneDnn.ConvolveAdding(x, Fill(other, filled[0]).to(type), weight, bias, at));
        return y.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }

    private Tensor Laid(Tensor full) => path.IsPlain() ? full
        : filled[2] == 1 ? full.flatten(1).contiguous()
        : OneDnn.Pack(full, at);

    /// <summary>
    /// A 1 x 1 kernel as a matrix product over all pixels: oneDNN's convolution of that size lays the weights out anew on each
    /// call for small maps (512 to 512 channels, 16 x 16: 8 ms against 0.7).
    /// </summary>
    private Tensor Product(Tensor x)
    {
        if (at.Stride > 1)
            x = x.slice(2, 0, x.size(2), at.Stride).slice(3, 0, x.size(3), at.Stride);
        var pixels = x.permute(0, 2, 3, 1).reshape(-1, filled[1]); // (B H W, C)
        return OneDnn.Multiply(pixels, weight, bias, activation)
            .reshape(x.size(0), x.size(2), x.size(3), filled[0])
            .permute(0, 3, 1, 2);
    }

    private Tensor FilledUp(Tensor x, bool adding)
    {
        recorder?.Add(x, filled, at, adding);
        return Fill(x, filled[1]).to(type);
    }

    private static Tensor Fill(Tensor x, long channels) =>
        x.size(1) == channels ? x : functional.pad(x, [0, 0, 0, 0, 0, channels - x.size(1)]);

    private Tensor Cut(Tensor y) => y.size(1) == outputs ? y : y.narrow(1, 0, outputs);

    /// <summary>Notes what this thread asks for until disposed; for <see cref="ConvolutionCheck"/>.</summary>
    internal static Recorder Record() => recorder = new Recorder();

    [ThreadStatic]
    private static Recorder? recorder;

    internal sealed class Recorder : IDisposable
    {
        public List<FoldedCall> Calls { get; } = [];

        public void Add(Tensor x, long[] weight, Placement at, bool adding) => Calls.Add(new(
            new((x.size(0), weight[1], x.size(2), x.size(3)), (weight[0], weight[1], weight[2], weight[3]), at.Stride, at.Padding, at.Dilation), adding));

        public void Dispose() => recorder = null;
    }
}
