using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>
/// The U-Net of stage 1 alone, for the baselines: an image in, a map out. Where its options have an EIM, every rater counts the
/// same, and the EIM adds a constant.
/// </summary>
public sealed class PlainUNet : Module<Tensor, Tensor>, IStartsFrom
{
    [ComponentName(Name = "unet")]
    private readonly CoarseUNet unet;

    private readonly int raters;
    private readonly double dropout;

    /// <param name="dropout">Share of the values of the two deepest maps that are dropped in training, and while <see cref="Sampling"/> (Gal and Ghahramani 2016); 0 for none.</param>
    public PlainUNet(NetworkOptions options, double dropout = 0) : base(nameof(PlainUNet))
    {
        (raters, this.dropout) = (options.Raters, dropout);
        unet = new CoarseUNet(options);
        RegisterComponents();
    }

    /// <summary>Drop in evaluation mode too.</summary>
    public bool Sampling { get; set; }

    /// <param name="image">(B, C, H, W)</param>
    /// <returns>Logits (B, S, H, W)</returns>
    public override Tensor forward(Tensor image)
    {
        using var scope = NewDisposeScope();
        return Decode(Encode(image)).MoveToOuterDisposeScope();
    }

    /// <summary>The part before any dropout.</summary>
    public Tensor[] Encode(Tensor image) => unet.Encode(image);

    /// <param name="maps">From <see cref="Encode"/>; they stay the caller's.</param>
    public Tensor Decode(Tensor[] maps)
    {
        using var scope = NewDisposeScope();
        var equal = HeldScalars.Constant([maps[0].size(0), raters], 1.0 / raters, maps[0].device);
        Tensor[] left = [.. maps[..3], Drop(maps[3]), Drop(maps[4])];
        return unet.Decode(left, equal).Coarse.MoveToOuterDisposeScope();
    }

    public void StartFrom(double prior) => unet.HeadBiases.StartFrom(prior);

    private Tensor Drop(Tensor map) => dropout > 0 && (training || Sampling) ? functional.dropout(map, dropout, training: true) : map.alias();
}
