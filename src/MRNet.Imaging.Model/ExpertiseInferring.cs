using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>
/// Expertise-aware Inferring Module (EIM, Ji et al. Eq. 2): how much each rater counts becomes the first state of a
/// ConvLSTM, which then reads the deepest features. Its two layers are registered by the network that owns it, under the
/// names that the published checkpoints give them.
/// </summary>
internal sealed class ExpertiseInferring(Convolution2d embed, ConvLstmCell cell, int steps)
{
    /// <param name="features">(B, C, h, w)</param>
    /// <param name="expertness">(B, R), rows sum to 1</param>
    /// <returns>(B, C, h, w): the features, conditioned on the raters' weights.</returns>
    public Tensor Infer(Tensor features, Tensor expertness)
    {
        using var scope = NewDisposeScope();

        var hidden = Embed(expertness, features.size(2), features.size(3)); // (B, C, h, w)
        var state = hidden;
        for (var step = 0; step < steps; step++)
            (hidden, state) = cell.call(features, hidden, state);
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The weights, spread over the map and convolved. They are the same everywhere, so the result depends on the
    /// position only through the border: it is computed on 3 x 3 and spread.
    /// </summary>
    private Tensor Embed(Tensor expertness, long height, long width)
    {
        using var scope = NewDisposeScope();

        var (h, w) = (Math.Min(height, 3), Math.Min(width, 3));
        var map = expertness.unsqueeze(-1).unsqueeze(-1).expand(-1, -1, h, w).contiguous(); // (B, R, h, w)
        return embed.call(map)
            .index_select(2, Spread(height, expertness.device))
            .index_select(3, Spread(width, expertness.device))
            .MoveToOuterDisposeScope();
    }

    /// <summary>First, middle again and again, last.</summary>
    private static Tensor Spread(long length, Device device) =>
        tensor([.. Enumerable.Range(0, (int)length).Select(i => i == 0 ? 0L : i == length - 1 ? Math.Min(length - 1, 2) : 1L)], device: device);
}
