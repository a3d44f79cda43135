using MRNet.Imaging.DataSets;
using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training;

/// <summary>Who is told how a training goes.</summary>
public interface ITrainingWatcher
{
    /// <summary>A stage of the work begins: it reports 0..1.</summary>
    IProgress<float> Stage(string name);

    /// <summary>After each step.</summary>
    void Progress(TrainingProgress progress);

    /// <summary>What a user should know of the data.</summary>
    void Warn(string text);
}

/// <summary>
/// From a data set to a model: slices, locator, network, temperature, scores and card, all in one folder. What is done
/// already when it is started again is taken from there.
/// </summary>
public sealed class ModelTraining(MultiRaterDataSet data, Plan plan, string folder, ITrainingWatcher watcher)
{
    private readonly TrainingConfig config = plan.Config;
    private readonly string checkpoints = Path.Combine(folder, "checkpoints");

    /// <summary>The finished model, as <c>segment</c> takes it.</summary>
    public string ModelFile => Path.Combine(folder, "model.safetensors");

    private string LocatorFile => Path.Combine(checkpoints, "locator.safetensors");

    private TrainingOptions Options => config.Training with { Augmentation = config.Augmentation! };

    /// <param name="command">For the model's card.</param>
    /// <exception cref="ImagingException">The data cannot be used, or the disk is full.</exception>
    public FinalScores Run(string command, TimeProvider time, CancellationToken cancellation)
    {
        ComputePath.CheckDevice(Options.Device);
        Directory.CreateDirectory(checkpoints);
        using var store = new SliceStore((long)config.MemoryMb << 20, Path.Combine(folder, ".slices.cache"));
        var prepared = PlannedSlices.Read(data, config, store, watcher, cancellation);
        var method = MethodChoice.Of(config.Method, plan.Descriptor.Network, Options);

        if (prepared.Whole is { } whole)
            LocatorTraining.Train(LocatorFile, new SplitSlices(whole, config.Split).Training, config.Preparation!.Locator!, config.Locator, Options.Seed, watcher.Stage("Locator"), cancellation);

        var run = new TrainingRun(prepared.Slices, config.Split, method, Options, checkpoints);
        var stage = watcher.Stage("Training");
        var curves = new Curves(folder);
        run.Run(new Told(progress =>
        {
            stage.Report((float)progress.Share);
            watcher.Progress(progress);
            curves.Write(run.History);
        }), time, cancellation);
        return Finish(run, method, prepared, command, cancellation);
    }

    private FinalScores Finish(TrainingRun run, MethodChoice method, PreparedData prepared, string command, CancellationToken cancellation)
    {
        using var learner = method.Make();
        using (var file = SafetensorsFile.Open(run.Best))
            NetworkWeights.Load(learner.Network, file);
        watcher.Stage("Scoring").Report(0);

        var scores = Score(new SplitSlices(prepared.Slices, config.Split), prepared.Whole, learner, cancellation);
        var descriptor = plan.Descriptor with { TrainingCommand = command, Temperature = scores.Temperature?.Value ?? 1, Scores = scores.Named() };
        Segmentation.ModelFile.Write(run.Best, ModelFile, descriptor, prepared.Whole is null ? null : LocatorFile);
        RunFiles.Write(folder, ModelCard.Of(descriptor, scores), new(config, command, run.History, scores.Named(), scores.Temperature));
        return scores;
    }

    private FinalScores Score(SplitSlices parts, TrainingSlices? whole, ISegmentationMethod learner, CancellationToken cancellation)
    {
        learner.Network.eval();
        var temperature = config.TemperatureScaling ? TemperatureFit.Of(parts.Validation, parts.Scored, learner, cancellation) : null;
        var score = Scoring.Of(parts.Scored, TemperatureFit.Scaled(learner, temperature?.Value ?? 1), cancellation);
        Interval Between(Func<ImageScore, double> of) => new Bootstrap(config.Training.Seed).Mean([.. score.Images.Select(of)], [.. score.Images.Select(image => image.Patient)]);
        return new()
        {
            Part = parts.Test.Slices.Count > 0 ? "test" : "validation",
            Patients = parts.Scored.Patients,
            Slices = parts.Scored.Slices.Count,
            SoftDice = Between(image => image.SoftDice),
            CalibrationError = Between(image => image.CalibrationError),
            OneRater = Scoring.OneRater(parts.Scored),
            ByRater = Scoring.ByRater(parts.Scored, learner, cancellation),
            Temperature = temperature,
            Locator = whole is null ? null : ScoreLocator(new SplitSlices(whole, config.Split).Scored, cancellation),
        };
    }

    private LocatorScore ScoreLocator(TrainingSlices whole, CancellationToken cancellation)
    {
        using var network = new CoarseUNet(Locator.Network(config.Preparation!.Locator!, whole.Format.Channels));
        using var file = SafetensorsFile.Open(LocatorFile);
        NetworkWeights.Load(network, file);
        return LocatorScore.Of(whole, network, config.Preparation.Locator!, cancellation);
    }

    /// <summary>On the same thread, at once: what is told may stop the run.</summary>
    private sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }
}
