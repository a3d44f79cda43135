using System.Collections.Concurrent;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Evaluation.Reports;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary><c>mrnet evaluate</c>: every case predicted and scored, what fails said and passed over, then the report.</summary>
internal sealed class EvaluationRun(EvaluateOptions options)
{
    /// <summary>Cases scored at once: each may hold a whole volume several times.</summary>
    private const int MostAtOnce = 4;

    /// <returns>0, or the exit code of the first failure.</returns>
    /// <exception cref="ImagingException">Nothing could be evaluated at all.</exception>
    public int Run(CancellationToken cancellation)
    {
        var data = MultiRaterDataSet.Open(options.Data, cancellation);
        var chosen = ChosenCases.Of(data, options.Split, options.Seed);
        var structures = Structures(data);
        Check(data);

        using var predictor = Predictor(data, structures);
        CheckSize(predictor);
        var evaluator = new CaseEvaluator(chosen.Data, predictor, options, structures);
        var (outcomes, report) = ProgressBar.Run(options.Quiet || options.Json, work =>
        {
            var outcomes = Evaluate(chosen.Data, evaluator, work.Stage($"{chosen.Data.Cases.Count} cases"), cancellation);
            var report = new ReportMaker(chosen, predictor, evaluator.Scoring, options.AtNetworkSize).Of(outcomes);
            return (outcomes, options.Report is null ? report : Shown(report, new(chosen.Data, evaluator), data, work.Stage("Report"), cancellation));
        });

        Write(report);
        Tell(report);
        return outcomes.Select(outcome => outcome.Error).FirstOrDefault(error => error is not null) is { } first ? Mrnet.ExitCodeOf(first) : 0;
    }

    private int[] Structures(MultiRaterDataSet data)
    {
        if (options.Task is { } task && (task < 1 || task > data.Structures.Count))
            throw new InvalidImageException($"--task is {task}; {data.Name} has {data.Structures.Count}: {string.Join(", ", data.Structures)}.");
        return options.Task is { } only ? [only - 1] : [.. Enumerable.Range(0, data.Structures.Count)];
    }

    private void Check(MultiRaterDataSet data)
    {
        if (options.Scoring.Weights is { } weights)
            Segmentation.Expertness.Of(weights, data.Raters);
        if (options is { Predictions: not null, Predict: not null })
            throw new InvalidImageException("--predict writes a model's maps; with --predictions there is no model. Leave one out.");
        foreach (var folder in new[] { options.Report, options.Predict }.OfType<string>())
            StagedFolder.CheckWritable(folder);
    }

    private void CheckSize(ICasePredictor predictor)
    {
        if (options.AtNetworkSize && predictor.NetworkSize is null)
            throw new InvalidImageException($"--at-network-size: {predictor.Name} {(options.Model is null ? "have no network" : "takes the image's own pixels")}, so there is no other size; leave it out.");
        if (options is { AtNetworkSize: true, Predict: not null })
            throw new InvalidImageException("--predict writes maps of the masks' own size; leave --at-network-size out.");
    }

    /// <summary>In a method of its own: with maps of somebody else's nothing of a network is loaded.</summary>
    private ICasePredictor Predictor(MultiRaterDataSet data, int[] structures) =>
        options.Predictions is { } folder ? new FolderPredictor(folder, data) : new ModelPredictor(options, data, structures);

    private static CaseOutcome[] Evaluate(MultiRaterDataSet data, CaseEvaluator evaluator, IProgress<float> progress, CancellationToken cancellation)
    {
        var done = 0;
        return [.. Partitioner.Create(data.Cases, EnumerablePartitionerOptions.NoBuffering).AsParallel().AsOrdered()
            .WithDegreeOfParallelism(Math.Min(MostAtOnce, Environment.ProcessorCount)).WithCancellation(cancellation)
            .Select(one =>
            {
                var outcome = evaluator.Evaluate(one, cancellation);
                if (outcome.Error is { } error)
                    Messages.Warning($"{one.Name} is not scored: {error.Message}");
                progress.Report((float)Interlocked.Increment(ref done) / data.Cases.Count);
                return outcome;
            })];
    }

    private static EvaluationReport Shown(EvaluationReport report, CasePainter painter, MultiRaterDataSet data, IProgress<float> progress, CancellationToken cancellation)
    {
        var tasks = new List<TaskReport>();
        foreach (var task in report.Tasks)
        {
            tasks.Add(painter.With(task, data.Structures.ToList().IndexOf(task.Scores.Task), cancellation));
            progress.Report((float)tasks.Count / report.Tasks.Count);
        }

        return report with { Tasks = tasks };
    }

    private void Write(EvaluationReport report)
    {
        if (options.Report is not { } folder)
            return;
        try
        {
            using var staged = new StagedFolder(folder);
            File.WriteAllText(Path.Combine(staged.Path, "cases.csv"), CaseCsv.Of(report));
            File.WriteAllText(Path.Combine(staged.Path, "summary.json"), SummaryJson.Of(report));
            File.WriteAllText(Path.Combine(staged.Path, "report.html"), HtmlReport.Of(report));
            staged.Commit();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ResourceLimitException($"The report could not be written to {folder}: {error.Message}", error);
        }
    }

    private void Tell(EvaluationReport report)
    {
        if (options.Json)
            Console.Out.WriteLine(SummaryJson.Of(report));
        else if (!options.Quiet)
            EvaluationTable.Write(report, options.Report);
    }
}
