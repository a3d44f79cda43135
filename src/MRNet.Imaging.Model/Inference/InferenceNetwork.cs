using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>
/// A <see cref="MultiRaterNetwork"/> that only predicts, the same numbers in a fraction of the time: normalisations are
/// folded into convolutions, and those run with bias and activation in one pass. See decisions/0007-folded-inference.md.
/// It may be called from several threads at once. A network with a part taken out or exchanged (the paper's ablations) is
/// not folded: it runs as it was trained.
/// </summary>
public sealed class InferenceNetwork : IDisposable
{
    private readonly MultiRaterNetwork? unfolded;
    private readonly FoldedLayers layers = null!; // these four: of a whole network
    private readonly FoldedUNet coarseUNet = null!;
    private readonly FoldedReconstruction reconstruction = null!;
    private readonly FoldedPerception perception = null!;

    private InferenceNetwork(MultiRaterNetwork network, InferencePath path, bool takeOver)
    {
        if (!path.IsPlain() && BestPath(DeviceOf(network)) == InferencePath.Plain)
            throw new ArgumentException($"path is {path}; this machine and device have {InferencePath.Plain} only.", nameof(path));
        using var off = no_grad();
        (Options, Path, Device) = (network.Options, path, DeviceOf(network));
        if (!Options.IsWhole)
        {
            (unfolded, Path) = (takeOver ? Kept(network) : Kept(Copy(network)), InferencePath.Plain);
            return;
        }

        layers = new FoldedLayers(network.state_dict(), path, takeOver);
        coarseUNet = new FoldedUNet(layers, Options);
        reconstruction = new FoldedReconstruction(layers, Options);
        perception = new FoldedPerception(layers, network.CopyAttention());
    }

    public NetworkOptions Options { get; }

    public Device Device { get; }

    /// <summary>How it is computed on this machine.</summary>
    public InferencePath Path { get; }

    /// <summary>The fastest way that this processor, system and libtorch have; a GPU has one.</summary>
    public static InferencePath BestPath(Device device) =>
        device.type == DeviceType.CPU && OneDnn.Available ? InferencePath.Packed : InferencePath.Plain;

    /// <summary>Whether <see cref="InferencePath.PackedBFloat16"/> is there, and done by the processor itself.</summary>
    public static bool HasBFloat16 => OneDnn.Available && OneDnn.ProcessorHasBFloat16;

    /// <param name="network">In evaluation mode, on the device it is to run on; it stays the caller's, unchanged.</param>
    public static InferenceNetwork Of(MultiRaterNetwork network) => new(network, BestPath(DeviceOf(network)), takeOver: false);

    /// <summary>As <see cref="Of(MultiRaterNetwork)"/>, on a path other than the best.</summary>
    public static InferenceNetwork Of(MultiRaterNetwork network, InferencePath path) => new(network, path, takeOver: false);

    /// <summary>Frees the network's weights one by one as they are folded, then the network: the weights are never in memory twice.</summary>
    public static InferenceNetwork TakeOver(MultiRaterNetwork network) => TakeOver(network, BestPath(DeviceOf(network)));

    /// <summary>As <see cref="TakeOver(MultiRaterNetwork)"/>, on a path other than the best.</summary>
    public static InferenceNetwork TakeOver(MultiRaterNetwork network, InferencePath path)
    {
        if (!network.Options.IsWhole)
            return new(network, path, takeOver: true);
        using (network)
            return new(network, path, takeOver: true);
    }

    /// <param name="image">(B, C, H, W), normalised; H and W multiples of 32.</param>
    /// <param name="expertness">(B, R): weight of each rater; rows sum to 1.</param>
    /// <exception cref="ArgumentException">A shape that does not fit the options.</exception>
    /// <exception cref="OperationCanceledException">Looked for between the modules.</exception>
    public NetworkOutput Run(Tensor image, Tensor expertness, CancellationToken cancellation = default)
    {
        MultiRaterNetwork.Check(Options, image, expertness);
        using var scope = NewDisposeScope();
        return Run(image, Encode(image), expertness, cancellation).ToOuterScope();
    }

    /// <summary>The part that does not depend on the raters' weights: worth keeping while they change.</summary>
    /// <returns>Five maps at H/2, H/4, H/8, H/16 and H/32.</returns>
    public IReadOnlyList<Tensor> Encode(Tensor image) => unfolded?.CoarseUNet.Encode(image) ?? coarseUNet.Encode(image);

    /// <summary>The rest, which sees the image again.</summary>
    /// <param name="maps">From <see cref="Encode"/> of the same image; they stay the caller's.</param>
    /// <exception cref="OperationCanceledException">Looked for between the modules.</exception>
    public NetworkOutput Run(Tensor image, IReadOnlyList<Tensor> maps, Tensor expertness, CancellationToken cancellation = default)
    {
        MultiRaterNetwork.Check(Options, image, expertness);
        using var scope = NewDisposeScope();
        cancellation.ThrowIfCancellationRequested();

        var (coarse, features) = Decode(maps, expertness);                                    // P1, F1
        if (unfolded is not null)
            return unfolded.LookAgain(image, coarse, features, expertness).ToOuterScope();

        var probability = coarse.sigmoid();
        var seen = Options.CoarseInput == CoarseInput.Logit ? coarse : probability;
        var raters = reconstruction.Reconstruct(image, seen, expertness, cancellation);       // (B, R, S, H, W)
        cancellation.ThrowIfCancellationRequested();
        var uncertainty = Uncertainty(raters);                                                // U, (B, S, H, W)
        var refined = perception.Perceive(features, probability, uncertainty);                // M
        return new NetworkOutput(coarse, raters, uncertainty, refined).ToOuterScope();
    }

    /// <summary>The coarse prediction alone: a preview in a sixth of the time.</summary>
    /// <returns>P1 logits, (B, S, H, W)</returns>
    public Tensor RunCoarse(IReadOnlyList<Tensor> maps, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return Decode(maps, expertness).Coarse.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        unfolded?.Dispose();
        layers?.Dispose();
        perception?.Dispose();
    }

    private (Tensor Coarse, Tensor Features) Decode(IReadOnlyList<Tensor> maps, Tensor expertness) =>
        unfolded?.CoarseUNet.Decode([.. maps], expertness) ?? coarseUNet.Decode(maps, expertness);

    /// <summary>Eq. 3, in two passes over whole maps: torch's own standard deviation goes through them pixel by pixel and takes five times as long.</summary>
    private Tensor Uncertainty(Tensor raters)
    {
        using var scope = NewDisposeScope();
        var count = Options.UnbiasedUncertainty ? Options.Raters - 1 : Options.Raters;
        var probability = raters.sigmoid();
        return probability.sub_(probability.mean([1], keepdim: true)).Squared().sum(1).Over(count).sqrt_().MoveToOuterDisposeScope();
    }

    private static MultiRaterNetwork Copy(MultiRaterNetwork network)
    {
        var copy = new MultiRaterNetwork(network.Options);
        copy.to(DeviceOf(network));
        copy.load_state_dict(network.state_dict());
        return copy;
    }

    /// <summary>For prediction only, and beyond the scope it was made in.</summary>
    private static MultiRaterNetwork Kept(MultiRaterNetwork network)
    {
        network.eval();
        foreach (var weight in network.parameters())
            weight.requires_grad_(false);
        foreach (var weight in network.state_dict().Values)
            weight.DetachFromDisposeScope();
        return network;
    }

    private static Device DeviceOf(MultiRaterNetwork network) => network.parameters().First().device;
}
