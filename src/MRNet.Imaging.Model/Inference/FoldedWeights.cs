using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>y = x * Scale + Shift for each channel: a batch normalisation whose statistics are settled.</summary>
internal sealed record Scaling(Tensor Scale, Tensor Shift)
{
    /// <summary>For the four pixels of a transposed convolution.</summary>
    public Scaling FourTimes() => new(Scale.repeat(4), Shift.repeat(4));
}

/// <summary>Weights and bias of one convolution, into which its neighbours are multiplied.</summary>
/// <param name="Weight">(O, C, k, k)</param>
/// <param name="Bias">(O)</param>
internal sealed record FoldedWeights(Tensor Weight, Tensor Bias)
{
    /// <summary>The normalisation that follows.</summary>
    public FoldedWeights Before(Scaling norm) => new(Weight * norm.Scale.reshape(-1, 1, 1, 1), (Bias * norm.Scale).Plus(norm.Shift));

    /// <summary>
    /// The normalisation that goes before. Only a 1 x 1 kernel can take it: at the border of a larger one zeros would have to
    /// become shifts.
    /// </summary>
    public FoldedWeights After(Scaling norm)
    {
        if (Weight.shape is not [_, _, 1, 1])
            throw new ArgumentException($"weight is ({string.Join(", ", Weight.shape)}); expected (O, C, 1, 1).", nameof(norm));
        return new(Weight * norm.Scale.reshape(1, -1, 1, 1), Bias.Plus(Weight.flatten(1).matmul(norm.Shift)));
    }

    /// <summary>Both counts filled up with zeros to multiples of 16, see <see cref="Convolution2d"/>.</summary>
    public FoldedWeights FilledUp()
    {
        var (outputs, inputs) = (Convolution2d.Missing(Weight.size(0)), Convolution2d.Missing(Weight.size(1)));
        return new(functional.pad(Weight, [0, 0, 0, 0, 0, inputs, 0, outputs]), functional.pad(Bias, [0, outputs]));
    }
}
