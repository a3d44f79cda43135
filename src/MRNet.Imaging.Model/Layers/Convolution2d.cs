using TorchSharp.Modules;

namespace MRNet.Imaging.Model.Layers;

/// <summary>
/// The one 2-D convolution of this project. libtorch 2.10 computes 3x3 convolutions whose channel counts are not
/// multiples of 16 wrongly on some CPUs, without a word, so both counts are filled up with zeros to the next multiple and
/// the result is cut; the weights keep their own shape. See decisions/0004-padded-convolutions.md.
/// </summary>
public sealed class Convolution2d : Module<Tensor, Tensor>
{
    private const int Block = 16;

    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly long stride;
    private readonly long padding;
    private readonly long dilation;

    public Convolution2d(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long dilation = 1, bool bias = true)
        : base(nameof(Convolution2d))
    {
        (this.stride, this.padding, this.dilation) = (stride, padding, dilation);
        weight = Parameter(empty(outputs, inputs, kernel, kernel));
        this.bias = bias ? Parameter(zeros(outputs)) : null;
        init.kaiming_normal_(weight, mode: init.FanInOut.FanOut);
        RegisterComponents();
    }

    /// <summary>(O, C, k, k)</summary>
    public Parameter Weight => weight;

    /// <summary>(O) or null.</summary>
    public Parameter? Bias => bias;

    /// <param name="x">(B, C, H, W)</param>
    /// <returns>(B, O, H', W')</returns>
    public override Tensor forward(Tensor x) => Convolve(x, weight, bias, stride, padding, dilation);

    /// <summary>conv2d with channel counts filled up to multiples of 16.</summary>
    /// <param name="x">(B, C, H, W)</param>
    /// <param name="weight">(O, C, k, k)</param>
    /// <param name="bias">(O) or null</param>
    /// <returns>(B, O, H', W')</returns>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, long stride = 1, long padding = 0, long dilation = 1)
    {
        using var scope = NewDisposeScope();
        recorder?.Add(x, weight, stride, padding, dilation);
        var (outputs, inputs) = (weight.size(0), weight.size(1));
        var (moreOutputs, moreInputs) = (Missing(outputs), Missing(inputs));

        if (moreInputs > 0)
            x = functional.pad(x, [0, 0, 0, 0, 0, moreInputs]);
        if (moreInputs > 0 || moreOutputs > 0)
            weight = functional.pad(weight, [0, 0, 0, 0, 0, moreInputs, 0, moreOutputs]);
        if (bias is not null && moreOutputs > 0)
            bias = functional.pad(bias, [0, moreOutputs]);

        var y = functional.conv2d(x, weight, bias, strides: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]);
        if (moreOutputs > 0)
            y = y.narrow(1, 0, outputs);
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>Notes the convolutions this thread asks for until disposed; for <see cref="ConvolutionCheck"/>.</summary>
    internal static Recorder Record() => recorder = new Recorder();

    [ThreadStatic]
    private static Recorder? recorder;

    internal sealed class Recorder : IDisposable
    {
        public List<ConvolutionShape> Shapes { get; } = [];

        public void Add(Tensor x, Tensor weight, long stride, long padding, long dilation) => Shapes.Add(new(
            (x.size(0), x.size(1), x.size(2), x.size(3)), (weight.size(0), weight.size(1), weight.size(2), weight.size(3)), stride, padding, dilation));

        public void Dispose() => recorder = null;
    }

    internal static long Missing(long channels) => (Block - channels % Block) % Block;
}
