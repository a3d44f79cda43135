using System.ComponentModel.DataAnnotations;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>How a locator is trained.</summary>
public sealed record LocatorSettings
{
    /// <summary>Steps of Adam, its step size falling along half a cosine.</summary>
    [Range(1, 1_000_000)]
    public int Steps { get; init; } = 400;

    [Range(2, 1024)]
    public int BatchSize { get; init; } = 8;

    [Range(1e-8, 1.0)]
    public double LearningRate { get; init; } = 2e-3;

    public Augmentation Augmentation { get; init; } = Augmentation.Locating;
}

/// <summary>Trains a model's locator: whole slices, the union of the structures, as a mean over the raters.</summary>
public static class LocatorTraining
{
    /// <returns>The trained network; the caller's.</returns>
    public static CoarseUNet Train(
        TrainingSlices whole, LocatorOptions locator, LocatorSettings settings, int seed, IProgress<float>? progress, CancellationToken cancellation)
    {
        var options = new TrainingOptions { BatchSize = Math.Max(2, Math.Min(settings.BatchSize, whole.Slices.Count)), LearningRate = settings.LearningRate, CosineDecay = true, Seed = seed, Augmentation = settings.Augmentation };
        random.manual_seed(seed);
        var network = new CoarseUNet(Locator.Network(locator, whole.Format.Channels));
        network.train();
        using var optimizer = new Adam(network);

        foreach (var batch in Enumerable.Range(0, settings.Steps).SelectMany(new Batches(whole, options).Epoch).Take(settings.Steps))
        {
            using var _ = batch;
            using var scope = NewDisposeScope();
            cancellation.ThrowIfCancellationRequested();

            var loss = binary_cross_entropy_with_logits(Logits(network, batch.Images), Mean(batch));
            optimizer.ClearGradients();
            loss.backward();
            optimizer.Step(options.LearningRateAt(optimizer.Done, settings.Steps));
            progress?.Report((float)optimizer.Done / settings.Steps);
        }

        network.eval();
        return network;
    }

    /// <summary>The same from a folder: trained once, found there by a run that goes on.</summary>
    public static void Train(
        string file, TrainingSlices whole, LocatorOptions locator, LocatorSettings settings, int seed, IProgress<float>? progress, CancellationToken cancellation)
    {
        if (File.Exists(file))
            return;
        using var network = Train(whole, locator, settings, seed, progress, cancellation);
        NetworkWeights.Save(network, file);
    }

    private static Tensor Logits(CoarseUNet network, Tensor images)
    {
        using var scope = NewDisposeScope();
        return network.call(images, ones([images.size(0), 1])).Coarse.MoveToOuterDisposeScope();
    }

    /// <returns>(B, 1, H, W): share of the raters who graded.</returns>
    private static Tensor Mean(Batch batch)
    {
        using var scope = NewDisposeScope();
        var graded = batch.Present.sum(1).AtLeast(1).unsqueeze(-1).unsqueeze(-1); // (B, 1, 1, 1)
        return (batch.Masks.sum(1) / graded).MoveToOuterDisposeScope();
    }
}
