using System.Text.Json;
using MRNet.Imaging.Model.Weights;

namespace MRNet.Imaging.Training;

/// <summary>
/// What a run leaves after each epoch: weights, the optimizer's state and the history. The history names the checkpoint
/// that counts and is replaced last, so that a kill or a full disk leaves the one before.
/// </summary>
internal sealed class CheckpointFolder(string folder)
{
    /// <summary>The weights with the best validation score so far.</summary>
    public string Best => Path.Combine(folder, "best.safetensors");

    private string State => Path.Combine(folder, "history.json");

    private string Weights(int epoch) => Path.Combine(folder, $"epoch-{epoch}.safetensors");

    private string Optimizer(int epoch) => Path.Combine(folder, $"epoch-{epoch}.adam.safetensors");

    /// <exception cref="InvalidImageException">The folder holds a run of another identity.</exception>
    public void CheckIsSameRun(IReadOnlyDictionary<string, string> mine)
    {
        var file = Path.Combine(folder, "run.json");
        if (!File.Exists(file))
        {
            using var begun = new AtomicFile(file);
            JsonSerializer.Serialize(begun.Stream, mine);
            begun.Commit();
            return;
        }

        var there = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file)) ?? [];
        if (mine.FirstOrDefault(pair => there.GetValueOrDefault(pair.Key) != pair.Value) is { Key: { } other })
            throw new InvalidImageException($"{folder} holds a run with other {other}; go on with the same, or start in another folder.");
    }

    /// <summary>Fills network and optimizer with the last checkpoint.</summary>
    /// <returns>The epochs done; empty for a new run.</returns>
    /// <exception cref="WeightsException">The checkpoint is damaged.</exception>
    public IReadOnlyList<EpochReport> Resume(Module network, Trainer trainer, int stepsPerEpoch)
    {
        if (!File.Exists(State))
            return [];

        var epoch = 0;
        try
        {
            var history = JsonSerializer.Deserialize<EpochReport[]>(File.ReadAllText(State)) ?? [];
            epoch = history.Length;
            using (var file = SafetensorsFile.Open(Weights(epoch)))
                NetworkWeights.Load(network, file);
            trainer.Load(Optimizer(epoch), (long)epoch * stepsPerEpoch);
            return history;
        }
        catch (Exception error) when (error is JsonException or IOException or WeightsException)
        {
            throw new WeightsException($"The checkpoint of epoch {epoch} in {folder} is damaged ({error.Message}); start anew with another folder.", error);
        }
    }

    /// <param name="history">With the epoch that is written as its last.</param>
    /// <exception cref="ResourceLimitException">It cannot be written; the checkpoint before is whole.</exception>
    public void Write(Module network, Trainer trainer, IReadOnlyList<EpochReport> history)
    {
        var epoch = history.Count;
        try
        {
            if (history[^1].Validation >= history.Max(report => report.Validation))
                NetworkWeights.Save(network, Best);
            NetworkWeights.Save(network, Weights(epoch));
            trainer.Save(Optimizer(epoch));
            using var state = new AtomicFile(State);
            JsonSerializer.Serialize(state.Stream, history);
            state.Commit();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Delete(epoch);
            throw new ResourceLimitException(
                $"The checkpoint of epoch {epoch} cannot be written to {folder} ({error.Message}); {(epoch > 1 ? $"that of epoch {epoch - 1} is whole" : "there is none before")}. Free some disk and give the same command again.", error);
        }

        Delete(epoch - 1);
    }

    private void Delete(int epoch)
    {
        File.Delete(Weights(epoch));
        File.Delete(Optimizer(epoch));
    }
}
