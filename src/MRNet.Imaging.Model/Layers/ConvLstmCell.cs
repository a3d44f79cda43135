namespace MRNet.Imaging.Model.Layers;

/// <summary>ConvLSTM cell (Shi et al. 2015) without peepholes; one convolution gives all gates, in the order i, f, o, g.</summary>
public sealed class ConvLstmCell : Module<Tensor, Tensor, Tensor, (Tensor Hidden, Tensor Cell)>
{
    [ComponentName(Name = "Gates")]
    private readonly Convolution2d gates;

    public ConvLstmCell(int channels) : base(nameof(ConvLstmCell))
    {
        gates = new Convolution2d(2 * channels, 4 * channels, kernel: 3, padding: 1);
        RegisterComponents();
    }

    /// <param name="x">(B, C, h, w): the input, the same at every step.</param>
    /// <param name="hidden">(B, C, h, w)</param>
    /// <param name="cell">(B, C, h, w)</param>
    /// <returns>The next state, (B, C, h, w) each.</returns>
    public override (Tensor Hidden, Tensor Cell) forward(Tensor x, Tensor hidden, Tensor cell)
    {
        using var scope = NewDisposeScope();

        var all = gates.call(cat([x, hidden], 1)).chunk(4, 1);
        var (input, forget, output, candidate) = (all[0].sigmoid(), all[1].sigmoid(), all[2].sigmoid(), all[3].tanh());

        var next = (forget * cell).Plus(input * candidate);
        return ((output * next.tanh()).MoveToOuterDisposeScope(), next.MoveToOuterDisposeScope());
    }
}
