using MRNet.Imaging.DataSets;
using MRNet.Imaging.Model.Weights;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>Who is told how an experiment goes.</summary>
public interface IExperimentWatcher : ITrainingWatcher
{
    /// <param name="run">Its row, seed and number.</param>
    void Begin(string run);
}

/// <summary>
/// Trains and scores the rows of a table in a folder. A run that is finished there is not trained again, whichever table it
/// was for; a row that fails leaves the others to go on. The files of the table grow with every row.
/// </summary>
/// <param name="plan">Of MRNet; the rows take from it what they do not change.</param>
public sealed class Experiment(PaperTable table, MultiRaterDataSet data, Plan plan, IReadOnlyList<int> seeds, string folder, IExperimentWatcher watcher)
{
    private readonly TrainingConfig config = plan.Config;
    private int begun;

    /// <summary>A remark on the numbers for all who read them.</summary>
    public string? Remark { get; init; }

    private int Runs => table.Rows.Count * seeds.Count;

    /// <exception cref="ImagingException">The data cannot be used. What goes wrong in a row is in its result.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on where it was.</exception>
    public ExperimentResult Run(TimeProvider time, CancellationToken cancellation)
    {
        Segmentation.ComputePath.CheckDevice(config.Training.Device);
        Directory.CreateDirectory(folder);
        using var store = new SliceStore((long)config.MemoryMb << 20, Path.Combine(folder, ".slices.cache"));
        var slices = PlannedSlices.Read(data, config, store, watcher, cancellation).Slices;
        var parts = new SplitSlices(slices, config.Split);
        RunCheck.Of(parts, config.Training);

        var scoring = new TableScoring(table, parts);
        var result = new ExperimentResult(table, data.Structures, ScoredOn(parts), Settings(), []);
        var stage = watcher.Stage("Training");
        foreach (var row in table.Rows)
        {
            result = result with { Rows = [.. result.Rows, Row(row, slices, scoring, stage, time, cancellation)] };
            RunFiles.Write(Path.Combine(folder, table.Name + ".md"), TableText.Markdown(result));
            RunFiles.Write(Path.Combine(folder, table.Name + ".csv"), TableText.Csv(result));
        }

        return result;
    }

    private RowResult Row(TableRow row, TrainingSlices slices, TableScoring scoring, IProgress<float> stage, TimeProvider time, CancellationToken cancellation)
    {
        var first = begun;
        try
        {
            Scored[][][][] runs = [.. seeds.Select(seed => Seed(row, seed, slices, scoring, stage, time, cancellation))];
            return new(row.Label, [.. table.Columns.Select((_, c) => Cell.Of([.. runs.Select(columns => columns[c])]))]);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            begun = first + seeds.Count;
            watcher.Warn($"{row.Label} failed and is left out: {error.Message}");
            return new(row.Label, [], error);
        }
    }

    /// <returns>[column][S][images]</returns>
    private Scored[][][] Seed(TableRow row, int seed, TrainingSlices slices, TableScoring scoring, IProgress<float> stage, TimeProvider time, CancellationToken cancellation)
    {
        var done = begun++;
        watcher.Begin($"{row.Label}, seed {seed} (run {begun} of {Runs})");
        var options = config.Training with { Seed = seed, Augmentation = config.Augmentation! };
        var choice = row.Choice(plan.Descriptor.Network, new() { Alpha = options.Alpha }, options.Device);
        var run = new TrainingRun(slices, config.Split, choice, options, Path.Combine(folder, "runs", TableRow.FolderOf(row.Method, choice), $"seed-{seed}"));
        run.Run(new Told(progress =>
        {
            stage.Report((float)((done + progress.Share) / Runs));
            watcher.Progress(progress);
        }), time, cancellation);

        using var method = choice.Make();
        using var weights = SafetensorsFile.Open(run.Best);
        NetworkWeights.Load(method.Network, weights);
        random.manual_seed(seed); // a method may draw when it is asked
        return scoring.Of(method, cancellation);
    }

    private static string ScoredOn(SplitSlices parts) =>
        $"the {(parts.Test.Slices.Count > 0 ? "test" : "validation")} patients (images: {parts.Scored.Slices.Select(slice => slice.ScoredAs).Distinct().Count()}, patients: {parts.Scored.Patients}; patients trained on: {parts.Training.Patients})"
        + (parts.Test.Slices.Count > 0 ? "" : "; there are no test patients, so the scores are a little too good");

    private string Settings() => FormattableString.Invariant(
        $"{data.Name}, {plan.Descriptor.Network.Width} channels in the first stage, {config.Size} pixels, epochs up to {config.Training.Epochs}, seeds {string.Join(", ", seeds)}.{(Remark is null ? "" : " " + Remark)}");

    /// <summary>On the same thread, at once: what is told may stop the run.</summary>
    private sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }
}
