using System.Collections.Concurrent;

namespace MRNet.Imaging.Evaluation;

/// <summary>The scores of one task: means over its cases. Tasks are never pooled.</summary>
/// <param name="Task">The task's or structure's name.</param>
/// <param name="Cases">In the order they were given.</param>
public sealed record TaskScores(string Task, IReadOnlyList<CaseScores> Cases)
{
    /// <summary>Intervals are the same at every run.</summary>
    private const int Seed = 1;

    public Interval SoftDice => Mean(one => one.SoftDice.Dice)!;

    public Interval SoftIou => Mean(one => one.SoftDice.Iou)!;

    public Interval MajorityDice => Mean(one => one.MajorityDice)!;

    public Interval Ece => Mean(one => one.Calibration.Ece)!;

    public Interval Brier => Mean(one => one.Calibration.Brier)!;

    public Interval NegativeLogLikelihood => Mean(one => one.Calibration.NegativeLogLikelihood)!;

    public int EmptyLevels => Cases.Sum(one => one.SoftDice.EmptyLevels);

    /// <summary>The reliability diagram of all cases' voxels together.</summary>
    public IReadOnlyList<CalibrationBin> Bins => CalibrationBin.Pooled([.. Cases.Select(one => one.Calibration.Bins)]);

    /// <summary>Mean over the cases that have the value, with its interval; null where none has.</summary>
    public Interval? Mean(Func<CaseScores, double?> of)
    {
        var scored = Cases.Select(one => (Patient: one.Patient ?? one.Name, Value: of(one))).Where(one => one.Value is not null).ToArray();
        return scored.Length == 0 ? null : new Bootstrap(Seed).Mean([.. scored.Select(one => one.Value!.Value)], [.. scored.Select(one => one.Patient)]);
    }

    /// <summary>Scores cases as they come, several at once.</summary>
    /// <param name="cases">At least one; asked for one by one, so that not all need be in memory.</param>
    /// <exception cref="ArgumentException">No case.</exception>
    public static TaskScores Of(string task, IEnumerable<CaseToScore> cases, ScoringOptions options, CancellationToken cancellation)
    {
        CaseScores[] scores = [.. Partitioner.Create(cases, EnumerablePartitionerOptions.NoBuffering)
            .AsParallel().AsOrdered().WithCancellation(cancellation).Select(one => CaseScores.Of(one, options))];
        return scores.Length > 0
            ? new(task, scores)
            : throw new ArgumentException("There is no case to score; expected at least one.", nameof(cases));
    }
}
