namespace MRNet.Imaging.Model.Weights;

/// <summary>Tensors with names in a file, read one at a time.</summary>
public interface INamedTensors : IDisposable
{
    IEnumerable<string> Names { get; }

    /// <exception cref="WeightsException">No tensor of that name.</exception>
    long[] ShapeOf(string name);

    /// <summary>A copy as a tensor of the caller's, in the file's own type, on the CPU.</summary>
    /// <exception cref="WeightsException">No tensor of that name, or it cannot be read.</exception>
    Tensor Read(string name);

    /// <summary>Fills a tensor of the same shape, converting the type where it differs.</summary>
    /// <exception cref="WeightsException">No tensor of that name, or of another shape.</exception>
    void CopyTo(string name, Tensor target)
    {
        CheckShape(name, ShapeOf(name), target);
        using var off = no_grad();
        using var copy = Read(name);
        target.copy_(copy);
    }

    internal static void CheckShape(string name, long[] found, Tensor target)
    {
        if (!found.SequenceEqual(target.shape))
            throw new WeightsException($"{name} is ({string.Join(", ", found)}); the network wants ({string.Join(", ", target.shape)}).");
    }
}
