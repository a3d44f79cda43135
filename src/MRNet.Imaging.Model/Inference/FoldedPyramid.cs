using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>
/// The atrous pyramid of the <see cref="MultiRaterReconstruction"/> and the projection after it. The projection reads the
/// partial sums x_k = a_1 + ... + a_k of the branches: sum_k W_k x_k = sum_j (W_j + ... + W_5) a_j, so sums of its weights
/// take the place of sums of maps; the pooled branch, one pixel, becomes a vector.
/// </summary>
internal sealed class FoldedPyramid
{
    private const int Branches = 5;

    private readonly FoldedRise rise;
    private readonly FoldedConvolution[] branches;
    private readonly FoldedConvolution pooled;
    private readonly FoldedConvolution project;
    private readonly FoldedConvolution projectPooled;

    public FoldedPyramid(FoldedLayers layers)
    {
        using var scope = NewDisposeScope();
        rise = layers.Rise(layers.RiseWeights("mrm.up1"), Activation.None);
        branches = [.. Enumerable.Range(1, Branches - 1).Select(number => Branch(layers, number))];
        pooled = layers.Convolution("mrm.global_avg_pool.1", "mrm.global_avg_pool.2", Placement.Pixel, layers.Prelu("mrm.global_avg_pool.3"));

        var whole = layers.Weights("mrm.conv1").Before(layers.Norm("mrm.bn1")); // (4w, 20w, 1, 1)
        var suffixes = SuffixSums(whole.Weight.chunk(Branches, 1));
        project = layers.Convolution(new FoldedWeights(cat(suffixes[..^1], 1), whole.Bias), Placement.Pixel, Activation.None);
        projectPooled = layers.Convolution(new FoldedWeights(suffixes[^1], zeros_like(whole.Bias)), Placement.Pixel, Activation.None);
    }

    /// <param name="x">(B, 8w, H/16, W/16)</param>
    /// <returns>(B, 4w, H/8, W/8)</returns>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = rise.Apply(x);                                                    // (B, 8w, H/8, W/8)
        var maps = cat([.. branches.Select(branch => branch.Apply(x))], 1);   // (B, 16w, H/8, W/8)
        var pixel = pooled.Apply(x.mean([2, 3], keepdim: true));              // (B, 4w, 1, 1)
        return project.Apply(maps).Add(projectPooled.Apply(pixel)).relu_().MoveToOuterDisposeScope();
    }

    private static FoldedConvolution Branch(FoldedLayers layers, int number) => layers.Convolution(
        $"mrm.aspp{number}.atrous_convolution", $"mrm.aspp{number}.bn", number == 1 ? Placement.Pixel : Placement.Atrous(6 * (number - 1)), Activation.Relu);

    private static Tensor[] SuffixSums(Tensor[] blocks)
    {
        var sums = (Tensor[])blocks.Clone();
        for (var k = sums.Length - 2; k >= 0; k--)
            sums[k] = sums[k].Plus(sums[k + 1]);
        return sums;
    }
}
