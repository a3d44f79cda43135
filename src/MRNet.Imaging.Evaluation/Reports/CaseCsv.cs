using System.Globalization;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>One line for each case and task, RFC 4180; what could not be scored has its reason in the last column.</summary>
public static class CaseCsv
{
    public static string Of(EvaluationReport report)
    {
        var levels = report.Options.SoftDice.Levels;
        string[] heads =
        [
            "task", "case", "raters", "voxels", "emptyLevels",
            .. levels.Select(level => "dice@" + level.ToString(CultureInfo.InvariantCulture)),
            .. Measure.OfPrediction.Select(measure => measure.Key), .. report.Raters.Select(rater => "dice:" + rater),
            .. Measure.OfRaters.Select(measure => measure.Key), "disputedVoxels",
            "volume", "volumeLeast", "volumeMean", "volumeMost", "volumeUnit", "error",
        ];
        var scored = report.Tasks.SelectMany(task => task.Scores.Cases.Select(one => Line(task, one)));
        var failed = report.Failed.Select(one => (string[])["", one.Case, .. Enumerable.Repeat("", heads.Length - 3), one.Reason]);
        return string.Concat(scored.Concat(failed).Prepend(heads).Select(fields => string.Join(',', fields.Select(Field)) + "\r\n"));
    }

    private static string[] Line(TaskReport task, CaseScores one) =>
    [
        task.Scores.Task, one.Name, Whole(one.Raters), Whole(one.Voxels), Whole(one.SoftDice.EmptyLevels),
        .. one.SoftDice.Levels.Select(level => Numbers.Exact(level.Dice)),
        .. Measure.OfPrediction.Select(measure => Numbers.Exact(measure.Of(one))), .. one.RaterDice.Select(Numbers.Exact),
        .. Measure.OfRaters.Select(measure => Numbers.Exact(measure.Of(one))), Whole(one.Agreement.DisputedVoxels),
        Numbers.Exact(one.Volume.Predicted), Numbers.Exact(one.Volume.RatersLeast), Numbers.Exact(one.Volume.RatersMean), Numbers.Exact(one.Volume.RatersMost), task.VolumeUnit, "",
    ];

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Quoted where it must be.</summary>
    private static string Field(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
