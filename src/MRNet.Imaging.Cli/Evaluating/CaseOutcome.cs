using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>How one case went; small, whatever the case's size.</summary>
/// <param name="Tasks">[S]: null where the task was not asked for, or no rater graded it.</param>
internal sealed record CaseOutcome(string Name, IReadOnlyList<TaskOutcome?> Tasks)
{
    public CupToDiscRange? CupToDisc { get; init; }

    /// <summary>Why it could not be scored; null where it was, or needed not be.</summary>
    public Exception? Error { get; init; }
}

/// <param name="WithoutTemperature">Calibration as it would be without the model's temperature; null where it has none.</param>
internal sealed record TaskOutcome(CaseScores Scores, CalibrationScore? WithoutTemperature);
