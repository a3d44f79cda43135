using MRNet.Imaging.Model.Weights;

namespace MRNet.Imaging.Training;

/// <summary>
/// Adam (Kingma and Ba 2015) with the decay of the weights added to their gradient, as torch has it. TorchSharp 0.107's own
/// makes thousands of Scalars a step and lets go of them before libtorch has read them: on a busy computer a training of
/// an hour ended in "Unknown scalar type", or went on with a wrong number. Here they are held.
/// </summary>
internal sealed class Adam : IDisposable
{
    private const double MeanDecay = 0.9;
    private const double SquareDecay = 0.999;

    private static readonly Scalar one = 1.ToScalar(), epsilon = 1e-8.ToScalar();
    private static readonly Scalar keptOfMean = MeanDecay.ToScalar(), newOfMean = (1 - MeanDecay).ToScalar();
    private static readonly Scalar keptOfSquare = SquareDecay.ToScalar(), newOfSquare = (1 - SquareDecay).ToScalar();

    private readonly Weight[] weights;
    private readonly Scalar? weightDecay;

    /// <summary>A weight with the running means of its gradient and of the gradient's square.</summary>
    private sealed record Weight(string Name, Tensor Value, Tensor Mean, Tensor Square);

    /// <param name="network">Stays the caller's; on its device already.</param>
    public Adam(Module network, double weightDecay = 0)
    {
        weights = [.. network.named_parameters().Select(pair => new Weight(pair.name, pair.parameter, Nothing(pair.parameter), Nothing(pair.parameter)))];
        this.weightDecay = weightDecay > 0 ? weightDecay.ToScalar() : null;
    }

    /// <summary>Steps done.</summary>
    public long Done { get; private set; }

    public void ClearGradients()
    {
        using var scope = NewDisposeScope();
        foreach (var weight in weights)
            weight.Value.grad?.zero_();
    }

    /// <summary>A weight that the loss does not reach stays as it is.</summary>
    public void Step(double stepSize)
    {
        using var off = no_grad();
        Done++;
        using var step = (-stepSize / (1 - Math.Pow(MeanDecay, Done))).ToScalar();
        using var root = Math.Sqrt(1 - Math.Pow(SquareDecay, Done)).ToScalar();
        foreach (var (_, value, mean, square) in weights)
        {
            using var scope = NewDisposeScope();
            if (value.grad is not { } gradient)
                continue;
            if (weightDecay is not null)
                gradient = gradient.add(value, weightDecay);
            mean.mul_(keptOfMean).add_(gradient, newOfMean);
            square.mul_(keptOfSquare).addcmul_(gradient, gradient, newOfSquare);
            value.addcdiv_(mean, square.sqrt().div_(root).add_(epsilon, one), step);
        }
    }

    public void Save(string path) => SafetensorsFile.Write(path, weights.SelectMany(
        weight => new[] { KeyValuePair.Create(weight.Name + ".mean", weight.Mean), KeyValuePair.Create(weight.Name + ".square", weight.Square) }));

    /// <summary>Takes up a run where <see cref="Save"/> left it.</summary>
    /// <exception cref="WeightsException">The file is damaged, or of another network.</exception>
    public void Load(string path, long done)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (var weight in weights)
        {
            file.CopyTo(weight.Name + ".mean", weight.Mean);
            file.CopyTo(weight.Name + ".square", weight.Square);
        }
        Done = done;
    }

    public void Dispose()
    {
        foreach (var weight in weights)
        {
            weight.Mean.Dispose();
            weight.Square.Dispose();
        }
        weightDecay?.Dispose();
    }

    private static Tensor Nothing(Tensor weight) => zeros_like(weight, requires_grad: false).DetachFromDisposeScope();
}
