namespace MRNet.Imaging.Evaluation;

/// <summary>Everything that is counted on one case; small, whatever the case's size.</summary>
public sealed record CaseScores
{
    public required string Name { get; init; }

    /// <summary>Who it is of; null where nothing is known, and the case counts by itself.</summary>
    public string? Patient { get; init; }

    /// <summary>Raters who graded.</summary>
    public required int Raters { get; init; }

    public required long Voxels { get; init; }

    public required SoftDiceScore SoftDice { get; init; }

    /// <summary>Dice of the predicted mask with the raters' majority.</summary>
    public required double MajorityDice { get; init; }

    /// <summary>Dice of the predicted mask with each rater's; null where he did not grade.</summary>
    public required IReadOnlyList<double?> RaterDice { get; init; }

    public required CalibrationScore Calibration { get; init; }

    public required RaterAgreement Agreement { get; init; }

    /// <summary>STAPLE's opinion of each rater who graded.</summary>
    public required IReadOnlyList<RaterEstimate> Staple { get; init; }

    public required StructureVolume Volume { get; init; }

    /// <summary>Null where the model gave no masks of single raters.</summary>
    public SampleDistance? Distribution { get; init; }

    /// <exception cref="ArgumentException">NaN, no rater, or lengths that differ.</exception>
    public static CaseScores Of(CaseToScore one, ScoringOptions options)
    {
        var votes = RaterVotes.Of(one.Masks);
        var (rule, mask) = (options.SoftDice.BothEmpty, AtLeast(one.Probability, options.Threshold));
        return new()
        {
            Name = one.Name,
            Patient = one.Patient,
            Raters = votes.Raters,
            Voxels = votes.Voxels,
            SoftDice = options.Weights is { } weights
                ? Evaluation.SoftDice.Score(one.Probability, votes, weights, options.SoftDice)
                : Evaluation.SoftDice.Score(one.Probability, votes, options.SoftDice),
            MajorityDice = Overlap.Dice(mask, RaterFusion.Majority(votes), rule),
            RaterDice = [.. one.Masks.Select(rater => rater is null ? null : (double?)Overlap.Dice(mask, rater, rule))],
            Calibration = Evaluation.Calibration.Of(one.Probability, Share(votes, options), options.Bins),
            Agreement = RaterAgreement.Of(votes, rule),
            Staple = Evaluation.Staple.Estimate(votes).Raters,
            Volume = StructureVolume.Of(mask, one.Masks, one.VoxelMm3),
            Distribution = one.Samples.Count == 0 ? null : SampleDistance.Of(one.Samples, [.. one.Masks.OfType<byte[]>()], rule),
        };
    }

    private static float[] Share(RaterVotes votes, ScoringOptions options) =>
        options.Weights is { } weights ? RaterFusion.Weighted(votes, weights) : RaterFusion.Mean(votes);

    private static byte[] AtLeast(float[] probability, float threshold)
    {
        var mask = new byte[probability.Length];
        for (var i = 0; i < mask.Length; i++)
            mask[i] = probability[i] >= threshold ? (byte)1 : (byte)0;
        return mask;
    }
}
