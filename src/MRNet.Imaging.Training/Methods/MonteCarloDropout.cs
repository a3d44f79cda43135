using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training.Methods;

/// <summary>
/// MC dropout (Gal and Ghahramani 2016), for Table 6: a U-Net taught the majority vote with dropout at its bottom, asked several
/// times with dropout on. The mean is the answer, the spread its uncertainty. What is dropped is drawn by torch's own generator.
/// </summary>
/// <param name="passes">Times it is asked, 2 or more.</param>
/// <param name="dropout">Share that is dropped, 0..1.</param>
public sealed class MonteCarloDropout(NetworkOptions options, int passes = 20, double dropout = 0.5) : ISegmentationMethod
{
    private readonly PlainUNet network = new(options, dropout);

    public Module Network => network;

    public Tensor Loss(Batch batch, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var (map, known) = SoftTarget.MajorityVote(batch);
        return TrainingLoss.CrossEntropy(network.call(batch.Images), map, known).MoveToOuterDisposeScope();
    }

    public Tensor Predict(Tensor images, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return Sample(images).Probability.MoveToOuterDisposeScope();
    }

    /// <returns>Mean and standard deviation over the passes, (B, S, H, W) each.</returns>
    public (Tensor Probability, Tensor Spread) Sample(Tensor images)
    {
        using var scope = NewDisposeScope();
        network.Sampling = true;
        var maps = network.Encode(images);
        var samples = stack([.. Enumerable.Range(0, passes).Select(_ => network.Decode(maps).sigmoid())]); // (n, B, S, H, W)
        network.Sampling = false;
        return (samples.mean([0]).MoveToOuterDisposeScope(), samples.std([0], unbiased: false).MoveToOuterDisposeScope());
    }

    public void Dispose() => network.Dispose();
}
