using System.Globalization;
using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Evaluation.Reports;
using Spectre.Console;
using static System.FormattableString;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>The means of an evaluation as a short table on standard output.</summary>
internal static class EvaluationTable
{
    public static void Write(EvaluationReport report, string? folder)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn("task").AddColumn("score").AddColumn(new TableColumn("mean").RightAligned()).AddColumn(new TableColumn("95 % interval").RightAligned());
        foreach (var (scores, cases) in report.Tasks.Select(task => (task.Scores, task.Scores.Cases.Count)))
        {
            Row(table, Invariant($"{scores.Task}, {cases} {(cases == 1 ? "case" : "cases")}"), "soft Dice", scores.SoftDice);
            Row(table, "", "soft IoU", scores.SoftIou);
            Row(table, "", "Dice with the majority", scores.MajorityDice);
            Row(table, "", "calibration error", scores.Ece, "0.0000");
            Row(table, "", "two raters' Dice", scores.Mean(one => one.Agreement.MeanDice));
        }

        if (report.Tasks.Count > 0)
            AnsiConsole.Write(table);
        Console.Out.WriteLine($"{report.Predictor} on {report.DataSet}, {report.Split}: means with 95 % intervals over cases, at {report.ScoredAt}.{(report.Failed.Count > 0 ? $" {report.Failed.Count} not scored." : "")}");
        if (folder is not null)
            Console.Out.WriteLine($"{folder}: report.html, cases.csv, summary.json");
    }

    private static void Row(Table table, string task, string score, Interval? mean, string figures = "0.000")
    {
        string Text(double value) => value.ToString(figures, CultureInfo.InvariantCulture);
        if (mean is not null)
            table.AddRow(Markup.Escape(task), score, Text(mean.Mean), $"{Text(mean.Low)} - {Text(mean.High)}");
    }
}
