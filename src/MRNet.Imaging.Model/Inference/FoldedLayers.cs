using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>
/// Makes folded layers from the weights of a trained network, by their published names. The layers belong to this object.
/// </summary>
/// <param name="state">All weights.</param>
/// <param name="takeOver">Each weight is freed as soon as its layer is made, so that the network is not in memory twice.</param>
internal sealed class FoldedLayers(Dictionary<string, Tensor> state, InferencePath path, bool takeOver) : IDisposable
{
    private const long Often = 32 << 20; // bytes: small models never ask the C library for theirs

    private readonly List<IDisposable> layers = [];
    private long freed; // bytes since the C library was asked

    public FoldedConvolution Convolution(FoldedWeights weights, Placement at, Activation activation, bool keepFilling = false) =>
        Keep(new FoldedConvolution(weights, at, activation, path, keepFilling));

    public FoldedRise Rise(FoldedWeights weights, Activation activation) => Keep(new FoldedRise(weights, activation, path));

    /// <summary>Convolution and the normalisation after it.</summary>
    public FoldedConvolution Convolution(string convolution, string norm, Placement at, Activation activation, bool keepFilling = false)
    {
        using var scope = NewDisposeScope();
        return Convolution(Weights(convolution).Before(Norm(norm)), at, activation, keepFilling);
    }

    public FoldedConvolution Convolution(string convolution, Placement at, Activation activation, bool keepFilling = false)
    {
        using var scope = NewDisposeScope();
        return Convolution(Weights(convolution), at, activation, keepFilling);
    }

    public bool Has(string name) => state.ContainsKey(name + ".weight");

    public FoldedWeights Weights(string name)
    {
        var weight = Take(name + ".weight");
        return new(weight, state.ContainsKey(name + ".bias") ? Take(name + ".bias") : zeros(weight.size(0), device: weight.device));
    }

    /// <summary>Of a 2 x 2 transposed convolution: (4 O, C, 1, 1), the four pixels row by row.</summary>
    public FoldedWeights RiseWeights(string name)
    {
        var weight = Take(name + ".weight"); // (C, O, 2, 2)
        return new(weight.permute(2, 3, 1, 0).reshape(-1, weight.size(0), 1, 1), Take(name + ".bias").repeat(4));
    }

    public Scaling Norm(string name)
    {
        var scale = Take(name + ".weight") / Take(name + ".running_var").Plus(BatchNormalisation.Epsilon).sqrt();
        return new(scale, Take(name + ".bias") - Take(name + ".running_mean") * scale);
    }

    public Activation Prelu(string name) => Activation.Prelu(state[name + ".weight"].item<float>());

    public void Dispose() => layers.ForEach(layer => layer.Dispose());

    /// <summary>Into the current dispose scope; a kernel that is handed over is freed with it.</summary>
    private Tensor Take(string name)
    {
        var weight = state[name];
        var taken = weight.alias();
        if (takeOver && weight.dim() == 4)
        {
            freed += weight.NumberOfElements * weight.ElementSize;
            weight.Dispose();
        }

        return taken;
    }

    private T Keep<T>(T layer) where T : IDisposable
    {
        layers.Add(layer);
        if (freed > Often)
        {
            FreedMemory.GiveBack();
            freed = 0;
        }

        return layer;
    }
}
