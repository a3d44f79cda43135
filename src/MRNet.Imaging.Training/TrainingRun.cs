using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;

namespace MRNet.Imaging.Training;

/// <summary>How far a run is.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Share">Share of the whole run done, 0..1.</param>
/// <param name="Loss">Mean loss of the epoch so far.</param>
/// <param name="Validation">Soft Dice on the validation patients after the last finished epoch; null before the first.</param>
public sealed record TrainingProgress(int Epoch, double Share, double Loss, double? Validation);

/// <summary>An epoch in the history of a run.</summary>
public sealed record EpochReport(int Epoch, double Loss, double Validation, double Seconds);

/// <summary>
/// A whole training run in a folder: every epoch is scored on the validation patients and leaves a checkpoint, the best
/// one is kept, and a run that was stopped goes on where it was.
/// </summary>
public sealed class TrainingRun(RaterSlices data, PatientSplit split, NetworkOptions network, TrainingOptions options, string folder)
{
    private readonly RaterSlices training = data.Where(slice => split.Of(slice.Patient) == SplitPart.Training);
    private readonly RaterSlices validation = data.Where(slice => split.Of(slice.Patient) == SplitPart.Validation);

    /// <summary>The weights with the best validation score so far.</summary>
    public string Best => Path.Combine(folder, "best.safetensors");

    public IReadOnlyList<EpochReport> History { get; private set; } = [];

    /// <summary>Names the finished epochs, and so the checkpoint that counts: it is replaced last.</summary>
    private string State => Path.Combine(folder, "history.json");

    private string Weights(int epoch) => Path.Combine(folder, $"epoch-{epoch}.safetensors");

    private string Optimizer(int epoch) => Path.Combine(folder, $"epoch-{epoch}.adam");

    /// <exception cref="InvalidImageException">A part of the split is empty, the pictures do not fit the options, or the folder holds another run.</exception>
    /// <exception cref="WeightsException">The checkpoint in the folder is damaged.</exception>
    /// <exception cref="OperationCanceledException">Stopped; what the last finished epoch left is there.</exception>
    public void Run(IProgress<TrainingProgress>? progress, TimeProvider time, CancellationToken cancellation)
    {
        Check();
        Directory.CreateDirectory(folder);
        CheckIsSameRun();
        random.manual_seed(options.Seed);

        using var net = new MultiRaterNetwork(network);
        net.StartFrom(Prevalence(training));
        var batches = new Batches(training, options);
        using var trainer = new Trainer(net, options, (long)batches.StepsPerEpoch * options.Epochs);
        Resume(net, trainer, batches.StepsPerEpoch);

        for (var epoch = History.Count; epoch < options.Epochs; epoch++)
        {
            var start = time.GetTimestamp();
            var loss = Epoch(trainer, batches, epoch, progress, cancellation);
            var score = Scoring.Refined(validation, net, cancellation).SoftDice;

            History = [.. History, new EpochReport(epoch + 1, loss, score, time.GetElapsedTime(start).TotalSeconds)];
            if (score >= History.Max(report => report.Validation))
                NetworkWeights.Save(net, Best);
            Checkpoint(net, trainer);
            progress?.Report(new(epoch + 1, (epoch + 1.0) / options.Epochs, loss, score));
        }
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

    private void Check()
    {
        options.Checked();
        if (training.Slices.Count < 2 || validation.Slices.Count == 0)
            throw new InvalidImageException($"The split leaves {training.Slices.Count} pictures for training and {validation.Slices.Count} for validation; expected at least 2 and 1. Take more patients or another seed.");
        if (data.Raters != network.Raters)
            throw new InvalidImageException($"The data have {data.Raters} raters, the network {network.Raters}.");
        if (network.Structures != 1 || network.Channels != 1)
            throw new InvalidImageException($"The network has {network.Structures} structures and {network.Channels} channels; the data have 1 of each.");

        var (rows, columns) = options.Window > 0 ? (options.Window, options.Window) : (data.Rows, data.Columns);
        if (!Fits(rows, columns) || rows > data.Rows || columns > data.Columns)
            throw new InvalidImageException($"The window is {columns} x {rows} pixels; expected multiples of {MultiRaterNetwork.SizeStep} within {data.Columns} x {data.Rows}.");
        if (!Fits(data.Rows, data.Columns)) // validation takes them whole
            throw new InvalidImageException($"The pictures have {data.Columns} x {data.Rows} pixels; expected multiples of {MultiRaterNetwork.SizeStep}.");
    }

    private static bool Fits(int rows, int columns) => rows % MultiRaterNetwork.SizeStep == 0 && columns % MultiRaterNetwork.SizeStep == 0;

    /// <summary>A checkpoint goes on only with the data, split, network and settings it was begun with: else its test patients may have been trained on.</summary>
    private void CheckIsSameRun()
    {
        var mine = new Dictionary<string, string>
        {
            ["data"] = Fingerprint(data),
            ["split"] = split.ToString(),
            ["network"] = network.ToString(),
            ["settings"] = (options.CosineDecay ? options : options with { Epochs = 1 }).ToString(), // a constant step size may go on for longer
        };
        var file = Path.Combine(folder, "run.json");
        if (!File.Exists(file))
        {
            File.WriteAllText(file, JsonSerializer.Serialize(mine));
            return;
        }

        var begun = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file)) ?? [];
        if (mine.FirstOrDefault(pair => begun.GetValueOrDefault(pair.Key) != pair.Value) is { Key: { } other })
            throw new InvalidImageException($"{folder} holds a run with other {other}; go on with the same, or start in another folder.");
    }

    private static string Fingerprint(RaterSlices slices)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var slice in slices.Slices)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(slice.Name));
            hash.AppendData(slice.Image);
            foreach (var mask in slice.Masks)
                hash.AppendData(mask);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Share of pixels that a rater marks: where the network starts from.</summary>
    private static double Prevalence(RaterSlices slices)
    {
        var marked = slices.Slices.Sum(slice => slice.Masks.Sum(mask => mask.Sum(value => (long)value)));
        return Math.Clamp((double)marked / ((long)slices.Slices.Count * slices.Raters * slices.Rows * slices.Columns), 1e-3, 0.5);
    }

    private void Resume(MultiRaterNetwork net, Trainer trainer, int stepsPerEpoch)
    {
        if (!File.Exists(State))
            return;

        try
        {
            History = JsonSerializer.Deserialize<EpochReport[]>(File.ReadAllText(State)) ?? [];
            using (var file = SafetensorsFile.Open(Weights(History.Count)))
                NetworkWeights.Load(net, file);
            trainer.Load(Optimizer(History.Count), (long)History.Count * stepsPerEpoch);
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            throw new WeightsException($"The checkpoint of epoch {History.Count} in {folder} is damaged ({error.Message}); start anew with another folder.", error);
        }
    }

    private void Checkpoint(MultiRaterNetwork net, Trainer trainer)
    {
        var epoch = History.Count;
        NetworkWeights.Save(net, Weights(epoch));
        trainer.Save(Optimizer(epoch));
        using (var state = new AtomicFile(State))
        {
            JsonSerializer.Serialize(state.Stream, History);
            state.Commit();
        }

        File.Delete(Weights(epoch - 1));
        File.Delete(Optimizer(epoch - 1));
    }
}
