using System.Globalization;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>A report as one HTML file that needs nothing else: no script, no network, pictures inside.</summary>
public static class HtmlReport
{
    public static string Of(EvaluationReport report) => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark"><title>{Html.Text($"{report.Predictor} on {report.DataSet}")}</title>
        <style>
        {Style()}
        </style></head><body><main>
        <h1>{Html.Text(report.Predictor)}</h1>
        <p class="lead">on {Html.Text(report.DataSet)}, {Html.Text(report.Split)} · {report.Raters.Count} raters · {report.Created.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)}</p>
        {Failed(report)}{Html.Join(report.Tasks.Select(task => new TaskSection(task, report).Html()))}{CupToDisc(report)}
        {Method(report)}
        <footer>MRNet.Imaging {Html.Text(report.SoftwareVersion)}. For research; not a medical device.</footer>
        </main></body></html>

        """;

    private static string Failed(EvaluationReport report) => report.Failed.Count == 0 ? "" : Html.Card(
        $"{report.Failed.Count} {(report.Failed.Count == 1 ? "case was" : "cases were")} not scored",
        Html.Table(["case", "reason"], report.Failed.Select(one => (string[])[Html.Text(one.Case), $"<td class=\"text\">{Html.Text(one.Reason)}</td>"])), "warn");

    private static string CupToDisc(EvaluationReport report) => report.CupToDisc.Count == 0 ? "" : "<h2>Cup-to-disc ratio</h2>" + Html.Card(
        "Prediction beside the range of the raters",
        Html.Table(
            ["case", "vertical", "raters", "area", "raters"],
            report.CupToDisc.Select(one => (string[])
            [
                Html.Text(one.Case), Numbers.Short(one.Ratios.Predicted.Vertical), Range(one.Ratios.Vertical), Numbers.Short(one.Ratios.Predicted.Area), Range(one.Ratios.Area),
            ])));

    private static string Range((double Least, double Most)? range) =>
        range is { } raters ? $"{Numbers.Short(raters.Least)} – {Numbers.Short(raters.Most)}" : "–";

    private static string Method(EvaluationReport report)
    {
        var dice = report.Options.SoftDice;
        var levels = string.Join(", ", dice.Levels.Select(level => level.ToString(CultureInfo.InvariantCulture)));
        var share = report.Options.Weights is { } weights
            ? $"the sum of the weights of the raters who mark it ({string.Join(", ", report.Raters.Zip(weights, (rater, weight) => $"{rater} {Numbers.Short(weight)}"))})"
            : "the share of the raters present who mark it";
        return "<h2>How it was counted</h2><section class=\"card\">" + $"""
            <p>A voxel's target is {Html.Text(share)}. Soft Dice: the prediction and the target are both cut at {levels} (a voxel at the level itself is {(dice.LevelIsInside ? "inside" : "outside")}),
            Dice is counted at each, and the mean taken over levels, then over cases. Both empty counts {Numbers.Exact(dice.BothEmpty)}. A rater without a mask has no vote; an empty mask is a vote of 0.
            A three-dimensional case is one volume. Tasks are never pooled.</p>
            <p>Scored at {Html.Text(report.ScoredAt)}. The mask is where the probability is at least {Numbers.Exact(report.Options.Threshold)}. Calibration: {report.Options.Bins} bins over all voxels of a case;
            the diagram pools the voxels of all cases. Intervals: 95 %, bootstrap over patients (all cases of one are drawn together), 10,000 draws, seed fixed. STAPLE: Warfield et al. 2004, on whole images.</p>
            </section>
            """;
    }

    private static string Style()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
