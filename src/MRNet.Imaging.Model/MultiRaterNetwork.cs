using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>What the network says; all tensors are the caller's.</summary>
/// <param name="Coarse">P1 logits, (B, S, H, W)</param>
/// <param name="Raters">Each rater's reconstructed grading, logits, (B, R, S, H, W)</param>
/// <param name="Uncertainty">U, the standard deviation over the raters, (B, S, H, W), Eq. 3</param>
/// <param name="Refined">M logits, (B, S, H, W)</param>
public sealed record NetworkOutput(Tensor Coarse, Tensor Raters, Tensor Uncertainty, Tensor Refined) : IDisposable
{
    public void Dispose()
    {
        Coarse.Dispose();
        Raters.Dispose();
        Uncertainty.Dispose();
        Refined.Dispose();
    }

    /// <summary>Hands all four to the caller's scope.</summary>
    internal NetworkOutput ToOuterScope()
    {
        Coarse.MoveToOuterDisposeScope();
        Raters.MoveToOuterDisposeScope();
        Uncertainty.MoveToOuterDisposeScope();
        Refined.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>
/// MRNet (Ji et al., CVPR 2021): calibrated segmentation that keeps the disagreement of several raters. A coarse
/// prediction that knows how much each rater counts, a reconstruction of each rater's grading, and a second look where
/// they disagree.
/// </summary>
public sealed class MultiRaterNetwork : Module<Tensor, Tensor, NetworkOutput>, IStartsFrom
{
    [ComponentName(Name = "unet")]
    private readonly CoarseUNet coarseUNet;

    [ComponentName(Name = "mrm")]
    private readonly MultiRaterReconstruction? reconstruction;

    [ComponentName(Name = "mpm")]
    private readonly MultiRaterPerception? perception;

    public MultiRaterNetwork(NetworkOptions options) : base(nameof(MultiRaterNetwork))
    {
        Options = options.Checked();
        coarseUNet = new CoarseUNet(options);
        reconstruction = options.Reconstruction ? new MultiRaterReconstruction(options) : null;
        perception = options.Perception ? new MultiRaterPerception(options) : null;
        RegisterComponents();
    }

    public NetworkOptions Options { get; }

    /// <summary>Height and width must be multiples of this.</summary>
    public const int SizeStep = 32;

    public CoarseUNet CoarseUNet => coarseUNet;

    /// <exception cref="InvalidOperationException">The options take it out.</exception>
    public MultiRaterReconstruction Reconstruction => reconstruction ?? throw new InvalidOperationException("This network has no reconstruction module.");

    /// <exception cref="InvalidOperationException">The options take it out.</exception>
    public MultiRaterPerception Perception => perception ?? throw new InvalidOperationException("This network has no perception module.");

    /// <param name="image">(B, C, H, W), normalised; H and W multiples of 32.</param>
    /// <param name="expertness">(B, R): weight of each rater; rows sum to 1.</param>
    /// <exception cref="ArgumentException">A shape that does not fit the options.</exception>
    public override NetworkOutput forward(Tensor image, Tensor expertness)
    {
        Check(Options, image, expertness);
        using var scope = NewDisposeScope();

        var (coarse, features) = coarseUNet.call(image, expertness);                         // P1, F1
        return LookAgain(image, coarse, features, expertness).ToOuterScope();
    }

    /// <summary>What comes after the coarse prediction.</summary>
    internal NetworkOutput LookAgain(Tensor image, Tensor coarse, Tensor features, Tensor expertness)
    {
        using var scope = NewDisposeScope();

        var raters = reconstruction?.call(image, CoarseFor(coarse), expertness).Raters       // (B, R, S, H, W)
            ?? coarse.unsqueeze(1).expand(-1, Options.Raters, -1, -1, -1).contiguous();
        return Refine(coarse, features, raters).ToOuterScope();
    }

    /// <summary>P1 in the form that the reconstruction module takes.</summary>
    public Tensor CoarseFor(Tensor coarse) => Options.CoarseInput == CoarseInput.Logit ? coarse.alias() : coarse.sigmoid();

    /// <summary>Uncertainty and second look.</summary>
    public NetworkOutput Refine(Tensor coarse, Tensor features, Tensor raters)
    {
        using var scope = NewDisposeScope();
        var uncertainty = Uncertainty(raters);
        var refined = perception?.call(features, coarse.sigmoid(), uncertainty) ?? coarse.alias(); // M
        return new NetworkOutput(coarse.alias(), raters.alias(), uncertainty, refined).ToOuterScope();
    }

    /// <summary>Eq. 3: how far the raters' gradings spread.</summary>
    private Tensor Uncertainty(Tensor raters)
    {
        using var scope = NewDisposeScope();
        return raters.sigmoid().std([1], unbiased: Options.UnbiasedUncertainty).MoveToOuterDisposeScope();
    }

    public void StartFrom(double prior) =>
        coarseUNet.HeadBiases.Concat(reconstruction?.HeadBiases ?? []).Concat(perception?.HeadBiases ?? []).StartFrom(prior);

    internal SoftAttention CopyAttention() => Perception.CopyAttention();

    /// <summary>Leaves all running statistics as they are until disposed (passes of the ground truth).</summary>
    public IDisposable FrozenStatistics() => new Freeze([.. modules().OfType<BatchNormalisation>()]);

    internal static void Check(NetworkOptions options, Tensor image, Tensor expertness)
    {
        if (image.shape is not [var batch, var channels, var height, var width] || channels != options.Channels || Math.Min(height, width) < SizeStep || height % SizeStep != 0 || width % SizeStep != 0)
            throw new ArgumentException($"image is ({string.Join(", ", image.shape)}); expected (B, {options.Channels}, H, W) with H and W multiples of {SizeStep}.", nameof(image));
        if (expertness.shape is not [var rows, var raters] || rows != batch || raters != options.Raters)
            throw new ArgumentException($"expertness is ({string.Join(", ", expertness.shape)}); expected ({batch}, {options.Raters}).", nameof(expertness));
    }

    private sealed class Freeze : IDisposable
    {
        private readonly BatchNormalisation[] norms;

        public Freeze(BatchNormalisation[] norms)
        {
            this.norms = norms;
            Set(true);
        }

        public void Dispose() => Set(false);

        private void Set(bool frozen)
        {
            foreach (var norm in norms)
                norm.Frozen = frozen;
        }
    }
}
