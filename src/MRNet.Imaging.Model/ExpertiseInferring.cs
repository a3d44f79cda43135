using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>
/// Expertise-aware Inferring Module (EIM, Ji et al. Eq. 2): how much each rater counts becomes the first state of a
/// ConvLSTM, which then reads the deepest features. Its layers are registered by the network that owns it, under the
/// names that the published checkpoints give them.
/// </summary>
internal sealed class ExpertiseInferring
{
    private readonly ExpertiseUse use;
    private readonly int steps;

    /// <param name="channels">C of the features.</param>
    public ExpertiseInferring(NetworkOptions options, int channels)
    {
        (use, steps) = (options.Expertise, options.RecurrentSteps);
        if (use != ExpertiseUse.None)
            Embedding = new Convolution2d(options.Raters, channels, kernel: 3, padding: 1);
        if (use == ExpertiseUse.ConvLstm)
            Cell = new ConvLstmCell(channels);
        if (use == ExpertiseUse.Concatenation)
            Mixing = new Convolution2d(2 * channels, channels, kernel: 3, padding: 1);
    }

    public Convolution2d? Embedding { get; }

    public ConvLstmCell? Cell { get; }

    public Convolution2d? Mixing { get; }

    /// <param name="features">(B, C, h, w)</param>
    /// <param name="expertness">(B, R), rows sum to 1</param>
    /// <returns>(B, C, h, w): the features, conditioned on the raters' weights.</returns>
    public Tensor Infer(Tensor features, Tensor expertness) => use switch
    {
        ExpertiseUse.ConvLstm => Recur(features, expertness, Cell!),
        ExpertiseUse.Concatenation => Mix(features, expertness, Mixing!),
        _ => features.alias(),
    };

    private Tensor Recur(Tensor features, Tensor expertness, ConvLstmCell cell)
    {
        using var scope = NewDisposeScope();

        var hidden = Embed(expertness, features.size(2), features.size(3)); // (B, C, h, w)
        var state = hidden;
        for (var step = 0; step < steps; step++)
            (hidden, state) = cell.call(features, hidden, state);
        return hidden.MoveToOuterDisposeScope();
    }

    private Tensor Mix(Tensor features, Tensor expertness, Convolution2d mixing)
    {
        using var scope = NewDisposeScope();
        var condition = Embed(expertness, features.size(2), features.size(3)); // (B, C, h, w)
        return mixing.call(cat([features, condition], 1)).relu_().MoveToOuterDisposeScope();
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
        return Embedding!.call(map)
            .index_select(2, Spread(height, expertness.device))
            .index_select(3, Spread(width, expertness.device))
            .MoveToOuterDisposeScope();
    }

    /// <summary>First, middle again and again, last.</summary>
    private static Tensor Spread(long length, Device device) =>
        tensor([.. Enumerable.Range(0, (int)length).Select(i => i == 0 ? 0L : i == length - 1 ? Math.Min(length - 1, 2) : 1L)], device: device);
}
