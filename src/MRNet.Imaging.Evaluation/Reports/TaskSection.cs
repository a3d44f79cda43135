using static System.FormattableString;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>The part of a report that is about one task.</summary>
internal sealed class TaskSection(TaskReport task, EvaluationReport report)
{
    private const int CasesShown = 2000;

    private TaskScores Scores => task.Scores;

    public string Html() => $"""
        <h2>{Reports.Html.Text(Scores.Task)} <span class="faint">· {Scores.Cases.Count} {(Scores.Cases.Count == 1 ? "case" : "cases")}</span></h2>
        {Tiles()}
        {Reports.Html.Card("Every case, by soft Dice", Key(("var(--bar)", "soft Dice of the prediction"), ("var(--second)", "Dice of two raters of the case, a mean")) + CaseChart.Svg(Scores))}
        <div class="two">{Reports.Html.Card("Does the probability mean what it says?", Reliability())}{Reports.Html.Card("Scores", Table(Measure.OfPrediction) + EmptyLevels())}</div>
        {Agreement()}
        {Pictures("Worst cases", task.Worst)}{Pictures("Best cases", task.Best)}
        {Reports.Html.Card("All cases", Cases())}
        """;

    private string Tiles() => "<div class=\"tiles\">" + Reports.Html.Join(
    [
        Tile("Soft Dice", Scores.SoftDice),
        Tile("Dice with the majority", Scores.MajorityDice),
        Tile("Calibration error (ECE)", Scores.Ece),
        Tile("Two raters' Dice", Scores.Mean(one => one.Agreement.MeanDice)),
        Invariant($"<div class=\"tile\"><span>Volume in the raters' range</span><b>{Scores.Cases.Count(one => one.Volume.IsWithinRaters)} of {Scores.Cases.Count}</b><span>cases</span></div>"),
    ]) + "</div>";

    private static string Tile(string title, Interval? interval) => interval is null ? "" :
        $"<div class=\"tile\"><span>{title}</span><b>{Numbers.Short(interval.Mean)}</b><span>{Numbers.Short(interval.Low)} – {Numbers.Short(interval.High)}</span></div>";

    private string Table(IEnumerable<Measure> measures) => Reports.Html.Table(
        ["", "mean", "95 % interval"],
        measures.Select(measure => (measure, Mean: Scores.Mean(measure.Of))).Where(row => row.Mean is not null)
            .Select(row => (string[])[$"<span title=\"{Reports.Html.Text(row.measure.Hint)}\">{Reports.Html.Text(row.measure.Title)}</span>", Reports.Html.Interval(row.Mean)]));

    private string EmptyLevels() => Invariant(
        $"<p class=\"hint\">{Scores.EmptyLevels} of {Scores.Cases.Count * report.Options.SoftDice.Levels.Count} levels were empty on both sides and count as {report.Options.SoftDice.BothEmpty}.</p>");

    private string Reliability()
    {
        var diagram = ReliabilityDiagram.Svg(Scores.Bins, task.Temperature?.BinsBefore);
        return task.Temperature is not { } effect ? diagram : $"""
            {Key(("var(--accent)", $"with temperature {Numbers.Short(effect.Temperature)}: ECE {Numbers.Short(Scores.Ece.Mean)}"), ("var(--second)", $"without: ECE {Numbers.Short(effect.Before.Mean)}"))}
            {diagram}
            """;
    }

    private string Agreement() => "<div class=\"two\">"
        + Reports.Html.Card("How the raters agree", Table(Measure.OfRaters))
        + Pairs() + "</div>" + Reports.Html.Card("Each rater", Raters());

    private string Raters() => Reports.Html.Table(
        ["rater", "cases", "sensitivity", "specificity", "STAPLE sens.", "STAPLE spec.", "V", "Dice with prediction"],
        RaterSummary.Of(Scores, report.Raters).Select(rater => (string[])
        [
            Reports.Html.Text(rater.Rater), Invariant($"{rater.Cases}"), Numbers.Short(rater.Sensitivity), Numbers.Short(rater.Specificity),
            Numbers.Short(rater.StapleSensitivity), Numbers.Short(rater.StapleSpecificity), Numbers.Short(rater.Expertness), Numbers.Short(rater.PredictionDice),
        ])) + "<p class=\"hint\">Sensitivity and specificity against the majority of all raters. V: the weights that STAPLE's opinion gives, to be used as expertness.</p>";

    /// <summary>Mean Dice of every two raters; the darker, the better they agree.</summary>
    private string Pairs()
    {
        var pairs = PairSummary.Of(Scores).ToDictionary(pair => (pair.First, pair.Second));
        return pairs.Count == 0 ? "" : Reports.Html.Card("Dice of every two raters", Reports.Html.Table(
            ["", .. report.Raters],
            report.Raters.Select((rater, i) => (string[])[Reports.Html.Text(rater), .. report.Raters.Select((_, j) => Cell(pairs.GetValueOrDefault((Math.Min(i, j), Math.Max(i, j)))))]), "pairs"));
    }

    private static string Cell(PairSummary? pair) => pair is null ? "<td class=\"faint\">·</td>" : Invariant(
        $"<td style=\"background:rgba(var(--shade),{Math.Clamp(pair.Dice, 0, 1) * 0.45:0.00})\" title=\"{pair.Cases} cases, IoU {pair.Iou:0.000}, kappa {Numbers.Short(pair.Kappa)}\">{pair.Dice:0.000}</td>");

    private static string Pictures(string title, IReadOnlyList<CasePicture> pictures) => pictures.Count == 0 ? "" : Reports.Html.Card(
        title,
        Key(("#ffd166", "raters' mean at 0.1, 0.5, 0.9"), ("#f72585", "prediction")) + Reports.Html.Join(pictures.Select(picture => $"""
            <figure><figcaption>{Reports.Html.Text(picture.Case)} — {Reports.Html.Text(picture.Caption)}</figcaption>
            <img alt="{Reports.Html.Text(picture.Case)}" src="data:image/png;base64,{Convert.ToBase64String(picture.Png)}"></figure>
            """)));

    private string Cases() => $"<details><summary>{Scores.Cases.Count} cases</summary>" + Reports.Html.Table(
        ["case", "raters", "soft Dice", "soft IoU", "empty levels", "ECE", "Brier", "two raters' Dice", $"volume ({task.VolumeUnit})", "raters' range"],
        Scores.Cases.Take(CasesShown).Select(one => (string[])
        [
            Reports.Html.Text(one.Name), Invariant($"{one.Raters}"), Numbers.Short(one.SoftDice.Dice), Numbers.Short(one.SoftDice.Iou), Invariant($"{one.SoftDice.EmptyLevels}"),
            Numbers.Short(one.Calibration.Ece), Numbers.Short(one.Calibration.Brier), Numbers.Short(one.Agreement.MeanDice),
            Numbers.Short(one.Volume.Predicted), $"{Numbers.Short(one.Volume.RatersLeast)} – {Numbers.Short(one.Volume.RatersMost)}",
        ])) + (Scores.Cases.Count > CasesShown ? $"<p class=\"hint\">The first {CasesShown}; all stand in cases.csv.</p>" : "") + "</details>";

    private static string Key(params (string Colour, string Text)[] entries) => "<div class=\"key\">"
        + Reports.Html.Join(entries.Select(entry => $"<span><i style=\"background:{entry.Colour}\"></i>{Reports.Html.Text(entry.Text)}</span>")) + "</div>";
}
