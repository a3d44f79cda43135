using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Model.Layers;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training;

/// <summary>The temperature of a trained network.</summary>
/// <param name="Value">Its refined logits are divided by it.</param>
/// <param name="Before">Calibration error on the scored patients without it.</param>
/// <param name="After">And with it.</param>
public sealed record TemperatureFit(double Value, double Before, double After)
{
    /// <summary>Fitted on one part, its effect measured on another.</summary>
    public static TemperatureFit Of(TrainingSlices validation, TrainingSlices scored, ISegmentationMethod method, CancellationToken cancellation)
    {
        method.Network.eval();
        LogitsAndShare[] seen =
        [
            .. Predictions.Of(validation, method.Predict, Predictions.Equal, cancellation).SelectMany(image => image.Structures)
                .Select(structure => new LogitsAndShare(Temperature.Logits(structure.Probability), structure.Share())),
        ];
        var value = Math.Round(Temperature.Fit(seen), 4);
        return new(value, Scoring.Of(scored, method.Predict, cancellation).CalibrationError, Scoring.Of(scored, Scaled(method, value), cancellation).CalibrationError);
    }

    /// <summary>What a method says when its logits are divided by a temperature.</summary>
    public static Func<Tensor, Tensor, Tensor> Scaled(ISegmentationMethod method, double temperature) => temperature == 1 ? method.Predict : (images, expertness) =>
    {
        using var scope = NewDisposeScope();
        var probability = method.Predict(images, expertness).Between(Calibration.LeastProbability, 1 - Calibration.LeastProbability);
        return probability.logit().Over(temperature).sigmoid().MoveToOuterDisposeScope();
    };
}
