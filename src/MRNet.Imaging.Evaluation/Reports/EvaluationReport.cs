namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>All that an evaluation found, as plain data: what is written as CSV, JSON and HTML.</summary>
public sealed record EvaluationReport
{
    /// <summary>Name of the data set.</summary>
    public required string DataSet { get; init; }

    /// <summary>Which of its cases: "Validation", "all cases".</summary>
    public required string Split { get; init; }

    /// <summary>What was scored: "ct-lung-nodule 1.0", "predictions in results".</summary>
    public required string Predictor { get; init; }

    public required IReadOnlyList<string> Raters { get; init; }

    public required ScoringOptions Options { get; init; }

    /// <summary>One for each task that has scored cases. Never pooled.</summary>
    public required IReadOnlyList<TaskReport> Tasks { get; init; }

    /// <summary>What could not be scored, and why.</summary>
    public required IReadOnlyList<FailedCase> Failed { get; init; }

    /// <summary>"the masks' own size", or the size they were brought to.</summary>
    public required string ScoredAt { get; init; }

    /// <summary>One for each case, where the data set has a cup and a disc.</summary>
    public IReadOnlyList<CupToDiscOfCase> CupToDisc { get; init; } = [];

    public required string SoftwareVersion { get; init; }

    public required DateTimeOffset Created { get; init; }
}

/// <param name="Case">The case's name.</param>
/// <param name="Reason">One sentence.</param>
public sealed record FailedCase(string Case, string Reason);

public sealed record CupToDiscOfCase(string Case, CupToDiscRange Ratios);

/// <summary>One task: its scores and what is shown of it.</summary>
public sealed record TaskReport(TaskScores Scores)
{
    /// <summary>"mL" or "pixels".</summary>
    public required string VolumeUnit { get; init; }

    /// <summary>Null where the model has no temperature, or one of 1.</summary>
    public TemperatureEffect? Temperature { get; init; }

    /// <summary>The cases with the lowest soft Dice, worst first.</summary>
    public IReadOnlyList<CasePicture> Worst { get; init; } = [];

    /// <summary>The cases with the highest soft Dice, best first.</summary>
    public IReadOnlyList<CasePicture> Best { get; init; } = [];
}

/// <summary>What dividing the logits by the model's temperature did.</summary>
/// <param name="Before">Expected calibration error without it, a mean over cases.</param>
/// <param name="BinsBefore">The reliability diagram without it.</param>
public sealed record TemperatureEffect(double Temperature, Interval Before, IReadOnlyList<CalibrationBin> BinsBefore);

/// <summary>A case as a picture.</summary>
/// <param name="Png">The file's bytes.</param>
public sealed record CasePicture(string Case, string Caption, byte[] Png);
