namespace MRNet.Imaging.Model.Inference;

/// <summary>
/// Transposed convolution of kernel 2 and stride 2: a 1 x 1 convolution to the four pixels that each pixel becomes.
/// </summary>
internal sealed class FoldedRise(FoldedWeights weights, Activation activation, InferencePath path) : IDisposable
{
    private readonly FoldedConvolution patches = new(weights, Placement.Pixel, activation, path);
    private readonly long outputs = weights.Bias.size(0) / 4;

    /// <param name="x">(B, C, h, w)</param>
    /// <returns>(B, O, 2h, 2w)</returns>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (batch, h, w) = (x.size(0), x.size(2), x.size(3));
        var y = patches.Apply(x).reshape(batch, 2, 2, outputs, h, w);
        y = path.IsPlain()
            ? y.permute(0, 3, 4, 1, 5, 2).reshape(batch, outputs, 2 * h, 2 * w)
            : y.permute(0, 4, 1, 5, 2, 3).reshape(batch, 2 * h, 2 * w, outputs).permute(0, 3, 1, 2);
        return y.MoveToOuterDisposeScope();
    }

    public void Dispose() => patches.Dispose();
}
