using System.Text.Json;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training;

/// <summary>How far a run is.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Share">Share of the whole run done, 0..1.</param>
/// <param name="Loss">Mean loss of the epoch so far.</param>
/// <param name="Validation">Soft Dice on the validation patients after the last finished epoch; null before the first.</param>
public sealed record TrainingProgress(int Epoch, double Share, double Loss, double? Validation);

/// <summary>An epoch in the history of a run.</summary>
/// <param name="Validation">Soft Dice on the validation patients.</param>
/// <param name="CalibrationError">On the validation patients.</param>
public sealed record EpochReport(int Epoch, double Loss, double Validation, double CalibrationError, double Seconds);

/// <summary>A method that can be made anew, and the name by which a run knows that it goes on with the same.</summary>
public sealed record MethodChoice(string Name, Func<ISegmentationMethod> Make)
{
    /// <param name="name">One of <see cref="SegmentationMethods.Names"/>.</param>
    public static MethodChoice Of(string name, NetworkOptions network, TrainingOptions options) =>
        new($"{name} {network}", () => OnDevice.Of(() => SegmentationMethods.Create(name, network, new LossOptions { Alpha = options.Alpha }), options.Device));
}

/// <summary>
/// A whole training run in a folder: every epoch is scored on the validation patients and leaves a checkpoint, the best
/// one is kept, and a run that was stopped goes on where it was.
/// </summary>
public sealed class TrainingRun(TrainingSlices data, PatientSplit split, MethodChoice method, TrainingOptions options, string folder)
{
    private readonly SplitSlices parts = new(data, split);
    private readonly CheckpointFolder checkpoints = new(folder);

    /// <summary>The weights with the best validation score so far.</summary>
    public string Best => checkpoints.Best;

    public IReadOnlyList<EpochReport> History { get; private set; } = [];

    /// <summary>Stopped before its last epoch because the validation score had not risen for long.</summary>
    private bool IsStale => options.Patience > 0 && History.Count > 0
        && History.Count - History.MaxBy(report => report.Validation)!.Epoch >= options.Patience;

    /// <exception cref="InvalidImageException">A part of the split is empty, the pictures do not fit the options, or the folder holds another run.</exception>
    /// <exception cref="WeightsException">The checkpoint in the folder is damaged, or the model to start from is of another network.</exception>
    /// <exception cref="ResourceLimitException">The disk is full; the last whole checkpoint is there.</exception>
    /// <exception cref="OperationCanceledException">Stopped; what the last finished epoch left is there.</exception>
    public void Run(IProgress<TrainingProgress>? progress, TimeProvider time, CancellationToken cancellation)
    {
        RunCheck.Of(parts, options);
        Directory.CreateDirectory(folder);
        CheckIsSameRun();
        random.manual_seed(options.Seed);

        using var learner = method.Make();
        (learner.Network as IStartsFrom)?.StartFrom(parts.Training.Prevalence());
        if (options.Start is { } model)
            StartWith(model, learner.Network);
        var batches = new Batches(parts.Training, options);
        using var trainer = new Trainer(learner, options, (long)batches.StepsPerEpoch * options.Epochs);
        History = checkpoints.Resume(learner.Network, trainer, batches.StepsPerEpoch);

        for (var epoch = History.Count; epoch < options.Epochs && !IsStale; epoch++)
        {
            var start = time.GetTimestamp();
            var loss = Epoch(trainer, batches, epoch, progress, cancellation);
            var score = Scoring.Of(parts.Validation, learner, cancellation);

            History = [.. History, new EpochReport(epoch + 1, loss, score.SoftDice, score.CalibrationError, time.GetElapsedTime(start).TotalSeconds)];
            checkpoints.Write(learner.Network, trainer, History);
            progress?.Report(new(epoch + 1, (epoch + 1.0) / options.Epochs, loss, score.SoftDice));
        }
    }

    private static void StartWith(string model, Module network)
    {
        if (!File.Exists(model))
            throw new InvalidImageException($"There is no model {Path.GetFileName(model)} to start from.");
        using var file = SafetensorsFile.Open(model);
        NetworkWeights.Load(network, file);
    }

    private double Epoch(Trainer trainer, Batches batches, int epoch, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var (sum, done) = (0.0, 0);
        foreach (var batch in batches.Epoch(epoch))
        {
            using var _ = batch;
            cancellation.ThrowIfCancellationRequested();
            sum += trainer.Step(batch);
            done++;
            progress?.Report(new(epoch + 1, (epoch + (double)done / batches.StepsPerEpoch) / options.Epochs, sum / done, History is [.., var last] ? last.Validation : null));
        }

        return sum / done;
    }

    /// <summary>A checkpoint goes on only with the data, split, network and settings it was begun with: else its test patients may have been trained on.</summary>
    private void CheckIsSameRun()
    {
        var lasting = options with { Patience = 0, Epochs = options.CosineDecay ? options.Epochs : 1 }; // these may be raised: a constant step size may go on for longer
        checkpoints.CheckIsSameRun(new Dictionary<string, string>
        {
            ["data"] = data.Fingerprint(),
            ["split"] = split.ToString(),
            ["network"] = method.Name,
            ["settings"] = JsonSerializer.Serialize(lasting),
            ["augmentation"] = options.Augmentation.ToString(),
        });
    }
}
