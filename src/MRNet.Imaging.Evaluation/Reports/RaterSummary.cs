namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>One rater over the cases he graded; null where no case has the value.</summary>
/// <param name="Expertness">His weight if STAPLE's opinion is used as V.</param>
/// <param name="PredictionDice">Mean Dice of the predicted mask with his.</param>
internal sealed record RaterSummary(
    string Rater, int Cases, double? Sensitivity, double? Specificity, double? StapleSensitivity, double? StapleSpecificity, double Expertness, double? PredictionDice)
{
    public static IReadOnlyList<RaterSummary> Of(TaskScores scores, IReadOnlyList<string> raters)
    {
        var expertness = Staple.Expertness([.. scores.Cases.Select(one => one.Staple)], raters.Count);
        var against = scores.Cases.SelectMany(one => one.Agreement.Against).ToLookup(rater => rater.Rater);
        var staple = scores.Cases.SelectMany(one => one.Staple).ToLookup(rater => rater.Rater);
        var drawn = scores.Cases.Where(one => one.Volume.RatersMost > 0).SelectMany(one => one.Staple).ToLookup(rater => rater.Rater); // where nobody drew there is no sensitivity
        return [.. raters.Select((name, rater) => new RaterSummary(
            name, staple[rater].Count(),
            against[rater].Average(one => one.Sensitivity), against[rater].Average(one => one.Specificity),
            drawn[rater].Average(one => (double?)one.Sensitivity), staple[rater].Average(one => (double?)one.Specificity),
            expertness[rater], scores.Cases.Average(one => one.RaterDice[rater])))];
    }
}

/// <summary>How two raters agree, over the cases both graded.</summary>
internal sealed record PairSummary(int First, int Second, int Cases, double Dice, double Iou, double? Kappa)
{
    public static IReadOnlyList<PairSummary> Of(TaskScores scores) =>
    [
        .. scores.Cases.SelectMany(one => one.Agreement.Pairs).GroupBy(pair => (pair.First, pair.Second)).OrderBy(group => group.Key)
            .Select(group => new PairSummary(
                group.Key.First, group.Key.Second, group.Count(), group.Average(pair => pair.Dice), group.Average(pair => pair.Iou), group.Average(pair => pair.Kappa))),
    ];
}
