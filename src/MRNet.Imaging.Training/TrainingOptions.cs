using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace MRNet.Imaging.Training;

/// <summary>Settings of a training run; the defaults are the paper's where a CPU allows.</summary>
public sealed record TrainingOptions
{
    /// <summary>Times through the training pictures.</summary>
    [Range(1, 10_000)]
    public int Epochs { get; init; } = 60;

    /// <summary>Pictures in a step; a last batch of one is left out, for the pooled batch normalisation cannot take it.</summary>
    [Range(2, 1024)]
    public int BatchSize { get; init; } = 8;

    /// <summary>How often an epoch sees each slice, each time varied anew: for data sets of a few pictures.</summary>
    [Range(1, 1000)]
    public int Views { get; init; } = 1;

    /// <summary>A model of the same network whose weights a new run begins with; null for random ones.</summary>
    public string? Start { get; init; }

    /// <summary>Adam's step size at the start.</summary>
    [Range(1e-8, 1.0)]
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Let the step size fall along half a cosine to nothing at the last step; the paper keeps it constant.</summary>
    public bool CosineDecay { get; init; }

    /// <summary>
    /// Side in pixels of the random window a step sees, a multiple of 32; 0 for the whole picture. Windows are less work, but
    /// the structure fills more of them than of pictures, and a network believes it: it finds too much when it is asked.
    /// </summary>
    [Range(0, 4096)]
    public int Window { get; init; }

    /// <summary>Weight of the consistency term in Eq. 7.</summary>
    [Range(0.0, 1.0)]
    public double Alpha { get; init; } = 0.7;

    /// <summary>Adam's weight decay; the paper has none.</summary>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; }

    /// <summary>How the raters are weighted: one after the other, a step each.</summary>
    [MinLength(1)]
    public IReadOnlyList<RaterStrategy> Strategies { get; init; } = [RaterStrategy.Uniform, RaterStrategy.SingleRater, RaterStrategy.RandomWeights];

    /// <summary>Stop after so many epochs in a row that were no better on the validation patients; 0 for never.</summary>
    [Range(0, 10_000)]
    public int Patience { get; init; }

    /// <summary>How pictures are varied; in <c>train.json</c> it has a part of its own.</summary>
    [JsonIgnore]
    public Augmentation Augmentation { get; init; } = Augmentation.Windows;

    /// <summary>Where the network learns: cpu, cuda or cuda:1. No part of what a run is: it may go on elsewhere.</summary>
    [JsonIgnore]
    public string Device { get; init; } = "cpu";

    /// <summary>Everything random in the run.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Checks the ranges above.</summary>
    /// <exception cref="InvalidImageException">The setting, its value and the range.</exception>
    public TrainingOptions Checked()
    {
        var wrong = new List<ValidationResult>();
        if (!Validator.TryValidateObject(this, new ValidationContext(this), wrong, validateAllProperties: true)
            || !Validator.TryValidateObject(Augmentation, new ValidationContext(Augmentation), wrong, validateAllProperties: true) || double.IsNaN(LearningRate) || double.IsNaN(Alpha))
            throw new InvalidImageException(wrong is [var first, ..] ? first.ErrorMessage! : "The learning rate or alpha is not a number.");
        return this;
    }

    /// <summary>Adam's step size before a step.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public double LearningRateAt(long step, long steps) =>
        CosineDecay ? LearningRate * (1 + Math.Cos(Math.PI * step / steps)) / 2 : LearningRate;
}
