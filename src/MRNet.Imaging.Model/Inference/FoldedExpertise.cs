using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>
/// The <see cref="ExpertiseInferring"/>, folded. The gates are one convolution of the features, which is the same at every
/// step, and one of the state. The first state is the same everywhere but for the border, so its part is computed on 5 x 5.
/// </summary>
internal sealed class FoldedExpertise
{
    private readonly FoldedConvolution embed;
    private readonly FoldedConvolution ofFeatures;
    private readonly FoldedConvolution ofState;
    private readonly int steps;

    public FoldedExpertise(FoldedLayers layers, string embedding, string cell, int steps)
    {
        using var scope = NewDisposeScope();
        this.steps = steps;
        embed = layers.Convolution(embedding, Placement.Same, Activation.None);

        var gates = layers.Weights($"{cell}.Gates"); // (4C, 2C, 3, 3)
        var halves = gates.Weight.chunk(2, 1);
        ofFeatures = layers.Convolution(new FoldedWeights(halves[0], gates.Bias), Placement.Same, Activation.None);
        ofState = layers.Convolution(new FoldedWeights(halves[1], zeros_like(gates.Bias)), Placement.Same, Activation.None);
    }

    /// <param name="features">(B, C, h, w)</param>
    /// <param name="expertness">(B, R)</param>
    /// <returns>(B, C, h, w)</returns>
    public Tensor Infer(Tensor features, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var (h, w) = (features.size(2), features.size(3));

        var fromFeatures = ofFeatures.Apply(features);        // (B, 4C, h, w)
        var small = Embed(expertness, h, w);                  // (B, C, 5, 5)
        var state = Spread(small, h, w);                      // (B, C, h, w)
        var fromState = Spread(ofState.Apply(small), h, w);   // (B, 4C, h, w)
        var hidden = Step(fromFeatures, fromState, ref state);
        for (var step = 1; step < steps; step++)
            hidden = Step(fromFeatures, ofState.Apply(hidden), ref state);
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>Gates i, f, o, g.</summary>
    private static Tensor Step(Tensor fromFeatures, Tensor fromState, ref Tensor state)
    {
        var gates = fromFeatures.Plus(fromState).to(ScalarType.Float32).chunk(4, 1);
        state = (gates[1].sigmoid() * state).Plus(gates[0].sigmoid() * gates[3].tanh());
        return gates[2].sigmoid() * state.tanh();
    }

    /// <summary>Where the map is smaller than 5, at its own size.</summary>
    private Tensor Embed(Tensor expertness, long height, long width) =>
        embed.Apply(expertness.unsqueeze(-1).unsqueeze(-1).expand(-1, -1, Math.Min(height, Kinds), Math.Min(width, Kinds)));

    /// <summary>Positions that differ after two 3 x 3 convolutions of a constant map: two from each end, and those between.</summary>
    private const int Kinds = 5;

    private static Tensor Spread(Tensor small, long height, long width) =>
        small.index_select(2, Positions(height, small.device)).index_select(3, Positions(width, small.device));

    private static Tensor Positions(long length, Device device) =>
        tensor([.. Enumerable.Range(0, (int)length).Select(i => Kind(i, (int)length))], device: device);

    private static long Kind(int i, int length) => length <= Kinds || i < Kinds / 2 ? i : Math.Max(Kinds / 2, Kinds - (length - i));
}
