using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Inference;

/// <summary>What follows a folded layer: nothing, ReLU, or PReLU with one slope for all channels.</summary>
internal readonly record struct Activation
{
    private Activation(string name, double slope) => (Name, Slope) = (name, slope);

    /// <summary>As oneDNN's fusions in libtorch call it.</summary>
    public string Name { get; }

    /// <summary>What a negative value is multiplied by.</summary>
    public double Slope { get; }

    public static Activation None { get; } = new("none", 1);

    public static Activation Relu { get; } = new("relu", 0);

    public static Activation Prelu(double slope) => new("leaky_relu", slope);

    public bool HasSlope => Name == "leaky_relu";

    /// <summary>Overwrites <paramref name="x"/>.</summary>
    public Tensor Apply(Tensor x) => Name switch
    {
        "none" => x,
        "relu" => x.relu_(),
        _ => x.LeakyRelu(Slope),
    };
}
