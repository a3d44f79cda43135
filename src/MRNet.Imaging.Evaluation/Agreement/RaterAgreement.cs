namespace MRNet.Imaging.Evaluation;

/// <summary>How far the raters of one case agree.</summary>
/// <param name="Pairs">Every two of those who graded.</param>
/// <param name="FleissKappa">Agreement beyond chance of all of them together; null where chance alone agrees (nobody or everybody marks everything) or one rater is alone.</param>
/// <param name="Against">Each of those who graded against the majority of all.</param>
/// <param name="DisputedVoxels">Voxels that some mark and others do not.</param>
public sealed record RaterAgreement(
    IReadOnlyList<RaterPair> Pairs, double? FleissKappa, IReadOnlyList<RaterAgainst> Against, long DisputedVoxels)
{
    /// <summary>Mean Dice over the pairs; null where one rater is alone.</summary>
    public double? MeanDice => Pairs.Count == 0 ? null : Pairs.Average(pair => pair.Dice);

    public double? MeanIou => Pairs.Count == 0 ? null : Pairs.Average(pair => pair.Iou);

    /// <summary>Mean of Cohen's kappa over the pairs that have one.</summary>
    public double? MeanKappa => Pairs.Average(pair => pair.Kappa);

    /// <param name="bothEmpty">Dice and IoU of two raters who both mark nothing.</param>
    public static RaterAgreement Of(RaterVotes votes, double bothEmpty = 1) => new(
        [.. from i in Enumerable.Range(0, votes.Raters) from j in Enumerable.Range(i + 1, votes.Raters - i - 1) select RaterPair.Of(votes, i, j, bothEmpty)],
        Kappa.Fleiss(votes),
        [.. Enumerable.Range(0, votes.Raters).Select(rater => RaterAgainst.Majority(votes, rater, bothEmpty))],
        votes.Combinations.Where(combination => combination.Votes > 0 && combination.Votes < votes.Raters).Sum(combination => combination.Count));
}

/// <summary>Two raters of one case.</summary>
/// <param name="First">Slot of the rater, from 0.</param>
/// <param name="Kappa">Cohen's kappa (1960); null where chance alone agrees.</param>
public sealed record RaterPair(int First, int Second, double Dice, double Iou, double? Kappa)
{
    internal static RaterPair Of(RaterVotes votes, int i, int j, double bothEmpty)
    {
        var tally = default(Tally);
        foreach (var (bits, count) in votes.Combinations)
            tally += Tally.Of(count, (bits >> i & 1) != 0, (bits >> j & 1) != 0);
        return new(votes.Present[i], votes.Present[j], tally.Dice(bothEmpty), tally.Iou(bothEmpty), Evaluation.Kappa.Cohen(tally, votes.Voxels));
    }
}

/// <summary>One rater against the majority of all raters, himself among them.</summary>
/// <param name="Rater">Slot of the rater, from 0.</param>
/// <param name="Sensitivity">Share of the majority's voxels that this rater marks; null where it has none.</param>
/// <param name="Specificity">Share of the other voxels that this rater leaves; null where there are none.</param>
public sealed record RaterAgainst(int Rater, double? Sensitivity, double? Specificity, double Dice)
{
    internal static RaterAgainst Majority(RaterVotes votes, int rater, double bothEmpty)
    {
        var tally = default(Tally);
        foreach (var combination in votes.Combinations)
            tally += Tally.Of(combination.Count, combination.Has(rater), RaterFusion.IsMajority(combination.Votes, votes.Raters));

        var outside = votes.Voxels - tally.InB;
        return new(
            votes.Present[rater],
            tally.InB == 0 ? null : (double)tally.InBoth / tally.InB,
            outside == 0 ? null : (double)(outside - (tally.InA - tally.InBoth)) / outside,
            tally.Dice(bothEmpty));
    }
}
