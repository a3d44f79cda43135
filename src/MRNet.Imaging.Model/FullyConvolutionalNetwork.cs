using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>
/// FCN-8s (Long et al. 2015), for Table 6: scores of the encoder's three deepest maps, brought to size and added. The encoder is the
/// U-Net's, so that only the way back to full size differs.
/// </summary>
public sealed class FullyConvolutionalNetwork : Module<Tensor, Tensor>, IStartsFrom
{
    [ComponentName(Name = "rn")]
    private readonly ResNetEncoder encoder;

    private readonly Convolution2d score8;
    private readonly Convolution2d score16;
    private readonly Convolution2d score32;

    public FullyConvolutionalNetwork(NetworkOptions options) : base(nameof(FullyConvolutionalNetwork))
    {
        encoder = new ResNetEncoder(options.Encoder, options.Channels, options.Width);
        score8 = new Convolution2d(encoder.Channels[2], options.Structures, kernel: 1);
        score16 = new Convolution2d(encoder.Channels[3], options.Structures, kernel: 1);
        score32 = new Convolution2d(encoder.Channels[4], options.Structures, kernel: 1);
        RegisterComponents();
    }

    /// <param name="image">(B, C, H, W), H and W multiples of 32.</param>
    /// <returns>Logits (B, S, H, W)</returns>
    public override Tensor forward(Tensor image)
    {
        using var scope = NewDisposeScope();

        var maps = encoder.call(image);
        var x = Larger(score32.call(maps[4]), 2).Plus(score16.call(maps[3])); // (B, S, H/16, W/16)
        x = Larger(x, 2).Plus(score8.call(maps[2]));                          // (B, S, H/8, W/8)
        return Larger(x, 8).MoveToOuterDisposeScope();                        // (B, S, H, W)
    }

    /// <summary>The coarsest score alone says it; the others begin by adding nothing.</summary>
    public void StartFrom(double prior) => new[] { score32.Bias! }.StartFrom(prior);

    private static Tensor Larger(Tensor x, int times) =>
        functional.interpolate(x, size: [x.size(2) * times, x.size(3) * times], mode: InterpolationMode.Bilinear, align_corners: false);
}
