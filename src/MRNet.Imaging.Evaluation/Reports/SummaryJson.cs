using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>The means of a report as JSON, for scripts.</summary>
public static class SummaryJson
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(EvaluationReport report) => new JsonObject
    {
        ["dataSet"] = report.DataSet,
        ["split"] = report.Split,
        ["predictor"] = report.Predictor,
        ["raters"] = Array(report.Raters, rater => JsonValue.Create(rater)),
        ["options"] = Options(report),
        ["tasks"] = Array(report.Tasks, task => Task(task, report.Raters)),
        ["cupToDisc"] = Array(report.CupToDisc, CupToDisc),
        ["failed"] = Array(report.Failed, one => new JsonObject { ["case"] = one.Case, ["reason"] = one.Reason }),
        ["software"] = "MRNet.Imaging " + report.SoftwareVersion,
        ["created"] = report.Created.ToString("O"),
        ["warning"] = "Not a medical device.",
    }.ToJsonString(Layout);

    private static JsonObject Options(EvaluationReport report) => new()
    {
        ["levels"] = Array(report.Options.SoftDice.Levels, level => JsonValue.Create(level)),
        ["levelIsInside"] = report.Options.SoftDice.LevelIsInside,
        ["bothEmpty"] = report.Options.SoftDice.BothEmpty,
        ["bins"] = report.Options.Bins,
        ["threshold"] = Numbers.Rounded(report.Options.Threshold),
        ["weights"] = report.Options.Weights is { } weights ? Array(weights, weight => JsonValue.Create(Numbers.Rounded(weight))) : null,
        ["scoredAt"] = report.ScoredAt,
    };

    private static JsonObject Task(TaskReport task, IReadOnlyList<string> raters) => new()
    {
        ["task"] = task.Scores.Task,
        ["cases"] = task.Scores.Cases.Count,
        ["emptyLevels"] = task.Scores.EmptyLevels,
        ["scores"] = Means(Measure.OfPrediction, task.Scores),
        ["agreement"] = Means(Measure.OfRaters, task.Scores),
        ["raters"] = Array(RaterSummary.Of(task.Scores, raters), Rater),
        ["pairs"] = Array(PairSummary.Of(task.Scores), pair => Pair(pair, raters)),
        ["temperature"] = task.Temperature is { } effect
            ? new JsonObject { ["temperature"] = Numbers.Rounded(effect.Temperature), ["eceBefore"] = Interval(effect.Before) }
            : null,
        ["reliability"] = Array(task.Scores.Bins, bin => new JsonObject
        {
            ["voxels"] = bin.Count,
            ["meanProbability"] = Numbers.Rounded(bin.MeanProbability),
            ["meanShare"] = Numbers.Rounded(bin.MeanShare),
        }),
    };

    private static JsonObject Means(IEnumerable<Measure> measures, TaskScores scores) =>
        new(measures.Select(measure => KeyValuePair.Create(measure.Key, (JsonNode?)Interval(scores.Mean(measure.Of)))));

    private static JsonObject? Interval(Interval? interval) => interval is null ? null : new()
    {
        ["mean"] = Numbers.Rounded(interval.Mean),
        ["low"] = Numbers.Rounded(interval.Low),
        ["high"] = Numbers.Rounded(interval.High),
        ["cases"] = interval.Cases,
    };

    private static JsonObject Rater(RaterSummary rater) => new()
    {
        ["rater"] = rater.Rater,
        ["cases"] = rater.Cases,
        ["sensitivity"] = Numbers.Rounded(rater.Sensitivity),
        ["specificity"] = Numbers.Rounded(rater.Specificity),
        ["stapleSensitivity"] = Numbers.Rounded(rater.StapleSensitivity),
        ["stapleSpecificity"] = Numbers.Rounded(rater.StapleSpecificity),
        ["expertness"] = Numbers.Rounded(rater.Expertness),
        ["predictionDice"] = Numbers.Rounded(rater.PredictionDice),
    };

    private static JsonObject Pair(PairSummary pair, IReadOnlyList<string> raters) => new()
    {
        ["raters"] = new JsonArray(raters[pair.First], raters[pair.Second]),
        ["cases"] = pair.Cases,
        ["dice"] = Numbers.Rounded(pair.Dice),
        ["iou"] = Numbers.Rounded(pair.Iou),
        ["cohenKappa"] = Numbers.Rounded(pair.Kappa),
    };

    private static JsonObject CupToDisc(CupToDiscOfCase one) => new()
    {
        ["case"] = one.Case,
        ["vertical"] = Ratio(one.Ratios.Predicted.Vertical, one.Ratios.Vertical),
        ["area"] = Ratio(one.Ratios.Predicted.Area, one.Ratios.Area),
    };

    private static JsonObject Ratio(double? predicted, (double Least, double Most)? raters) => new()
    {
        ["predicted"] = Numbers.Rounded(predicted),
        ["ratersLeast"] = Numbers.Rounded(raters?.Least),
        ["ratersMost"] = Numbers.Rounded(raters?.Most),
    };

    private static JsonArray Array<T>(IEnumerable<T> values, Func<T, JsonNode?> node) => new([.. values.Select(node)]);
}
