using System.Globalization;
using System.Text;
using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>The draft of a model's card: a person reads it over before the model is given to others.</summary>
public static class ModelCard
{
    public static string Of(ModelDescriptor model, FinalScores scores)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# {model.DisplayName} (`{model.Id}` {model.Version})").AppendLine()
            .AppendLine(model.Description).AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"- **Intended use**: {model.IntendedUse} Not for anything but {string.Join("/", model.Modalities)} images like those it was trained on.")
            .AppendLine(CultureInfo.InvariantCulture, $"- **Structures**: {string.Join(", ", model.Structures.Select(structure => structure.Label))}")
            .AppendLine(CultureInfo.InvariantCulture, $"- **Raters**: {string.Join(", ", model.Raters)}")
            .AppendLine(CultureInfo.InvariantCulture, $"- **Training data**: {model.TrainingData}")
            .AppendLine(CultureInfo.InvariantCulture, $"- **Licence of the weights**: {model.Licence}")
            .AppendLine(CultureInfo.InvariantCulture, $"- **Command**: `{model.TrainingCommand}`")
            .AppendLine(CultureInfo.InvariantCulture, $"- **Preparation**: {model.Preparation}{(model.Preparation.Locator is { } locator ? FormattableString.Invariant($" around a region that it finds itself (margin {locator.Margin})") : "")}; network width {model.Network.Width}")
            .AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## Scores: {scores.Part}, {scores.Patients} patients ({scores.Slices} slices) it never {(scores.Part == "test" ? "saw" : "learned from; they also chose the epoch, so the scores are a little too good")}").AppendLine();
        Scores(text, scores);
        Diagonal(text, model.Raters, scores);
        text.AppendLine().AppendLine("Scores are counted on the grid that the network sees, each mean over images with a 95 % interval by bootstrap over patients.");
        return text.ToString();
    }

    private static void Scores(StringBuilder text, FinalScores scores)
    {
        text.AppendLine("| | soft Dice | calibration error (ECE, 15 bins) |").AppendLine("|---|---|---|")
            .AppendLine(CultureInfo.InvariantCulture, $"| this model | {Between(scores.SoftDice, "0.000")} | {Between(scores.CalibrationError, "0.0000")} |")
            .AppendLine(FormattableString.Invariant($"| one reader against the mean of all (himself among them) | {scores.OneRater.SoftDice:0.000} | {scores.OneRater.CalibrationError:0.0000} |"));
        if (scores.Temperature is { } temperature)
            text.AppendLine().AppendLine(FormattableString.Invariant($"Temperature {temperature.Value:0.###}, fitted on the validation patients: calibration error {temperature.Before:0.0000} without, {temperature.After:0.0000} with it. The model keeps it."));
        if (scores.Locator is { } locator)
            text.AppendLine().AppendLine(FormattableString.Invariant($"The region was found in {locator.Found:0.0%} of {locator.Images} whole images (at least 99 % of all marks inside)."));
    }

    private static void Diagonal(StringBuilder text, IReadOnlyList<string> raters, FinalScores scores)
    {
        text.AppendLine().AppendLine("Asked for one rater alone (rows), soft Dice against each rater (columns):").AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"| asked for | {string.Join(" | ", raters)} |")
            .AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(raters.Select(_ => "---|"))}");
        for (var k = 0; k < raters.Count; k++)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {raters[k]} | {string.Join(" | ", raters.Select((_, j) => Cell(scores.ByRater, k, j)))} |");
        text.AppendLine().AppendLine(scores.DiagonalWins ? "Each rater is met best by asking for that rater." : "Not every rater is met best by asking for that rater.");
    }

    /// <summary>Bold where it is the best of its column.</summary>
    private static string Cell(double[,] scores, int k, int j)
    {
        var value = scores[k, j].ToString("0.000", CultureInfo.InvariantCulture);
        return Enumerable.Range(0, scores.GetLength(0)).All(other => scores[k, j] >= scores[other, j]) ? $"**{value}**" : value;
    }

    private static string Between(Interval interval, string format) => string.Create(CultureInfo.InvariantCulture,
        $"{interval.Mean.ToString(format, CultureInfo.InvariantCulture)} ({interval.Low.ToString(format, CultureInfo.InvariantCulture)} to {interval.High.ToString(format, CultureInfo.InvariantCulture)})");
}
