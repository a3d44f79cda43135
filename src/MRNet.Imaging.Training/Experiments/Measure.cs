using System.Globalization;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>How near a map comes to its target.</summary>
public enum Measure
{
    /// <summary>Dice at 0.1, 0.3, 0.5, 0.7 and 0.9, both maps cut at each; 1 is best.</summary>
    SoftDice,

    /// <summary>Intersection over union likewise.</summary>
    SoftIou,

    /// <summary>Expected calibration error against the target, 15 bins; 0 is best.</summary>
    CalibrationError,

    /// <summary>Mean squared distance from the target; 0 is best.</summary>
    Brier,
}

internal static class Measures
{
    public static bool MoreIsBetter(this Measure measure) => measure is Measure.SoftDice or Measure.SoftIou;

    public static string Format(this Measure measure, double value) =>
        value.ToString(measure.MoreIsBetter() ? "0.000" : "0.0000", CultureInfo.InvariantCulture);

    /// <param name="target">0..1 for each pixel.</param>
    public static double Of(this Measure measure, float[] probability, float[] target) => measure switch
    {
        Measure.SoftDice => SoftDice.Against(probability, target).Dice,
        Measure.SoftIou => SoftDice.Against(probability, target).Iou,
        Measure.Brier => Calibration.Brier(probability, target),
        _ => Calibration.Ece(probability, target),
    };
}
