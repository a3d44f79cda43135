using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Training;

/// <summary>What a finished model scores on patients it never saw.</summary>
public sealed record FinalScores
{
    /// <summary>"test", or "validation" where there is no test: that part also chose the epoch.</summary>
    public required string Part { get; init; }

    public required int Patients { get; init; }

    public required int Slices { get; init; }

    public required Interval SoftDice { get; init; }

    public required Interval CalibrationError { get; init; }

    /// <summary>One reader alone against the mean of all.</summary>
    public required Score OneRater { get; init; }

    /// <summary>[k, j]: asked for rater k alone, scored against rater j.</summary>
    public required double[,] ByRater { get; init; }

    public TemperatureFit? Temperature { get; init; }

    public LocatorScore? Locator { get; init; }

    /// <summary>Whether each rater is met best by asking for that very rater.</summary>
    public bool DiagonalWins => Enumerable.Range(0, ByRater.GetLength(0)).All(j => Enumerable.Range(0, ByRater.GetLength(0)).All(k => ByRater[j, j] >= ByRater[k, j]));

    /// <summary>For the descriptor and the terminal: name and value.</summary>
    public IReadOnlyDictionary<string, double> Named()
    {
        var scores = new Dictionary<string, double>
        {
            [$"{Part} patients"] = Patients,
            [$"{Part} slices"] = Slices,
            ["soft Dice, this model"] = Math.Round(SoftDice.Mean, 4),
            ["calibration error, this model"] = Math.Round(CalibrationError.Mean, 5),
            ["soft Dice, one reader"] = Math.Round(OneRater.SoftDice, 4),
            ["calibration error, one reader"] = Math.Round(OneRater.CalibrationError, 5),
        };
        if (Locator is { } locator)
            scores["share of images whose region is found"] = Math.Round(locator.Found, 4);
        return scores;
    }
}
