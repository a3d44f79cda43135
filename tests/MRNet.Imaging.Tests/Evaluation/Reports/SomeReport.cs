using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Evaluation.Reports;

namespace MRNet.Imaging.Tests.Evaluation.Reports;

/// <summary>A report of three cases by three raters, of whom one missed a case.</summary>
internal static class SomeReport
{
    public static EvaluationReport Of(ScoringOptions? options = null) => new()
    {
        DataSet = "kidney",
        Split = "Validation",
        Predictor = "kidney-model 1.0",
        Raters = ["seg01", "seg, \"two\"", "seg03"],
        Options = options ?? new(),
        Tasks = [new(Scores(options ?? new())) { VolumeUnit = "mL" }],
        Failed = [new("case99", "case99, task01.nii.gz: NaN, <not> a number.")],
        ScoredAt = "the masks' own size",
        SoftwareVersion = "1.2.3",
        Created = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero),
    };

    public static TaskScores Scores(ScoringOptions options) => new("task01",
    [
        CaseScores.Of(new("case21", [0.9f, 0.6f, 0.2f, 0], [[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]]) { Samples = [[1, 1, 0, 0]], VoxelMm3 = 500 }, options),
        CaseScores.Of(new("case22", [0.4f, 0.1f, 0, 0], [[1, 1, 0, 0], null, [1, 0, 0, 0]]) { VoxelMm3 = 500 }, options),
        CaseScores.Of(new("case23", [0, 0, 0, 0], [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]) { VoxelMm3 = 500 }, options),
    ]);
}
