using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model;

/// <summary>A network that can be told how much of a picture the structures fill, before it has learned anything.</summary>
public interface IStartsFrom
{
    /// <summary>
    /// Lets the network say <paramref name="prior"/> everywhere (Lin et al. 2017, section 3.3): where a structure fills a
    /// hundredth of a picture, the first epochs are not spent on learning that.
    /// </summary>
    /// <param name="prior">A probability, above 0 and below 1.</param>
    void StartFrom(double prior);
}

internal static class HeadBiases
{
    public static void StartFrom(this IEnumerable<Tensor> biases, double prior)
    {
        using var off = no_grad();
        foreach (var bias in biases)
            bias.Fill(Math.Log(prior / (1 - prior)));
    }
}
