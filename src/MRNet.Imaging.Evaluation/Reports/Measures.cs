namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>One number of a case: its column in the CSV, its row in the tables.</summary>
/// <param name="Key">Name in CSV and JSON.</param>
/// <param name="Title">Name for a person.</param>
/// <param name="Hint">What it means, and which end is good.</param>
internal sealed record Measure(string Key, string Title, string Hint, Func<CaseScores, double?> Of)
{
    /// <summary>What is told of a prediction.</summary>
    public static IReadOnlyList<Measure> OfPrediction { get; } =
    [
        new("softDice", "Soft Dice", "Dice at the levels, a mean; 1 is best", one => one.SoftDice.Dice),
        new("softIou", "Soft IoU", "intersection over union at the levels, a mean; 1 is best", one => one.SoftDice.Iou),
        new("majorityDice", "Dice with the majority", "the mask against what at least half of the raters mark; 1 is best", one => one.MajorityDice),
        new("ece", "ECE", "expected calibration error; 0 is best", one => one.Calibration.Ece),
        new("mce", "MCE", "largest calibration error of a bin; 0 is best", one => one.Calibration.Mce),
        new("ace", "ACE", "adaptive calibration error: bins of as many voxels; 0 is best", one => one.Calibration.Ace),
        new("brier", "Brier score", "mean squared error of the probability; 0 is best", one => one.Calibration.Brier),
        new("nll", "Negative log likelihood", "nats for each voxel; less is better", one => one.Calibration.NegativeLogLikelihood),
        new("energyDistance", "Energy distance, all pairs", "generalised energy distance, pairs i = j counted; 0 is best", one => one.Distribution?.EnergyDistance),
        new("energyDistanceDistinct", "Energy distance, distinct pairs", "pairs i = j not counted: without bias, may be below 0", one => one.Distribution?.EnergyDistanceDistinct),
        new("diceMax", "Dice max", "best Dice any of the model's raters has with each rater; 1 is best", one => one.Distribution?.DiceMax),
        new("diceMatch", "Dice match", "the model's raters and the raters paired one to one; 1 is best", one => one.Distribution?.DiceMatch),
    ];

    /// <summary>What is told of the raters themselves.</summary>
    public static IReadOnlyList<Measure> OfRaters { get; } =
    [
        new("raterDice", "Dice of two raters", "mean over the pairs", one => one.Agreement.MeanDice),
        new("raterIou", "IoU of two raters", "mean over the pairs", one => one.Agreement.MeanIou),
        new("fleissKappa", "Fleiss' kappa", "agreement of all beyond chance, over all voxels", one => one.Agreement.FleissKappa),
        new("cohenKappa", "Cohen's kappa", "of two raters, mean over the pairs", one => one.Agreement.MeanKappa),
    ];
}
