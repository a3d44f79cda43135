using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>What is said of one case, on the grid of its masks.</summary>
/// <param name="Probability">[S] of (D, H, W), one for each structure of the data set; null where it was not asked for.</param>
internal sealed record CasePrediction(IReadOnlyList<float[]?> Probability)
{
    /// <summary>[S] of (D, H, W): standard deviation over the model's raters; empty where there is none.</summary>
    public IReadOnlyList<float[]?> Uncertainty { get; init; } = [];

    /// <summary>[S][R] of (D, H, W): the model's idea of each rater's mask, 0 or 1; empty where there is none.</summary>
    public IReadOnlyList<IReadOnlyList<byte[]>> RaterMasks { get; init; } = [];
}

/// <summary>Where predictions come from. May be asked from several threads.</summary>
internal interface ICasePredictor : IDisposable
{
    /// <summary>For the report: "ct-lung-nodule 1.0".</summary>
    string Name { get; }

    /// <summary>What its logits were divided by; 1 for nothing.</summary>
    double Temperature { get; }

    /// <summary>A voxel is in the mask at or above this probability.</summary>
    float Threshold { get; }

    /// <summary>Side in pixels of what the network sees of a whole slice; null where it takes the image's own pixels.</summary>
    int? NetworkSize { get; }

    /// <param name="image">Asked for where pixels are needed.</param>
    /// <param name="structures">Which of the data set's structures, from 0.</param>
    /// <exception cref="ImagingException">The case cannot be predicted, or its prediction cannot be read.</exception>
    CasePrediction Predict(MultiRaterCase one, Grid grid, Func<Volume> image, IReadOnlyCollection<int> structures, CancellationToken cancellation);
}
