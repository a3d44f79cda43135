using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Evaluation.Reports;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>Gathers the outcomes of all cases by task.</summary>
internal sealed class ReportMaker(ChosenCases chosen, ICasePredictor predictor, ScoringOptions scoring, bool atNetworkSize)
{
    public EvaluationReport Of(IReadOnlyList<CaseOutcome> outcomes) => new()
    {
        DataSet = chosen.Data.Name,
        Split = chosen.Split,
        Predictor = predictor.Name,
        Raters = chosen.Data.Raters,
        Options = scoring,
        Tasks = [.. Enumerable.Range(0, chosen.Data.Structures.Count).Select(s => Task(s, outcomes)).OfType<TaskReport>()],
        Failed = [.. outcomes.Where(outcome => outcome.Error is not null).Select(outcome => new FailedCase(outcome.Name, outcome.Error!.Message))],
        CupToDisc = [.. outcomes.Where(outcome => outcome.CupToDisc is not null).Select(outcome => new CupToDiscOfCase(outcome.Name, outcome.CupToDisc!))],
        ScoredAt = atNetworkSize ? FormattableString.Invariant($"the network's size, {predictor.NetworkSize} x {predictor.NetworkSize}") : "the masks' own size",
        SoftwareVersion = typeof(ReportMaker).Assembly.GetName().Version!.ToString(3),
        Created = TimeProvider.System.GetLocalNow(),
    };

    private TaskReport? Task(int structure, IReadOnlyList<CaseOutcome> outcomes)
    {
        TaskOutcome[] scored = [.. outcomes.Select(outcome => outcome.Tasks.ElementAtOrDefault(structure)).OfType<TaskOutcome>()];
        return scored.Length == 0 ? null : new(new(chosen.Data.Structures[structure], [.. scored.Select(outcome => outcome.Scores)]))
        {
            VolumeUnit = scored[0].Scores.Volume.IsInMl ? "mL" : "pixels",
            Temperature = Effect([.. scored.Where(outcome => outcome.WithoutTemperature is not null)]),
        };
    }

    private TemperatureEffect? Effect(TaskOutcome[] without) => without.Length == 0 ? null : new(
        predictor.Temperature,
        new Bootstrap(seed: 1).Mean([.. without.Select(outcome => outcome.WithoutTemperature!.Ece)], [.. without.Select(outcome => outcome.Scores.Patient ?? outcome.Scores.Name)]),
        CalibrationBin.Pooled([.. without.Select(outcome => outcome.WithoutTemperature!.Bins)]));
}
