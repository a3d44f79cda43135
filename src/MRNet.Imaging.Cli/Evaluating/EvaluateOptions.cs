using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>What the user wants of an evaluation, as the command line says it.</summary>
internal sealed record EvaluateOptions
{
    /// <summary>The data set's path.</summary>
    public required string Data { get; init; }

    /// <summary>Training, Validation, Testing or all; null: Validation where the data set has it, else all.</summary>
    public string? Split { get; init; }

    /// <summary>Parts patients where the data set has no split of its own.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The only task that is scored, from 1; null for all.</summary>
    public int? Task { get; init; }

    /// <summary>A model's id or file; null where somebody else's maps are scored.</summary>
    public string? Model { get; init; }

    public required Func<ModelStore> Store { get; init; }

    public required string Device { get; init; }

    /// <summary>A folder of somebody else's maps.</summary>
    public string? Predictions { get; init; }

    public required ScoringOptions Scoring { get; init; }

    public bool AtNetworkSize { get; init; }

    /// <summary>Folder for CSV, JSON and HTML.</summary>
    public string? Report { get; init; }

    /// <summary>Folder for the challenge's submission files.</summary>
    public string? Predict { get; init; }

    public bool Quiet { get; init; }

    public bool Json { get; init; }
}
