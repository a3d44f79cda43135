using System.Text;
using System.Text.Json;

namespace MRNet.Imaging.Training;

/// <summary>A finished run, to be made again from.</summary>
public sealed record RunRecord(
    TrainingConfig Config, string Command, IReadOnlyList<EpochReport> History, IReadOnlyDictionary<string, double> Scores, TemperatureFit? Temperature);

/// <summary>What a run leaves beside the model for people.</summary>
internal static class RunFiles
{
    public static void Write(string folder, string card, RunRecord run)
    {
        Write(Path.Combine(folder, "model-card.md"), card);
        Write(Path.Combine(folder, "run.json"), JsonSerializer.Serialize(run, ConfigFile.Json));
    }

    public static void Write(string path, string text)
    {
        using var file = new AtomicFile(path);
        file.Stream.Write(Encoding.UTF8.GetBytes(text));
        file.Commit();
    }
}
