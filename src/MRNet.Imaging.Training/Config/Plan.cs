using System.Text.Json;
using System.Text.Json.Nodes;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Model;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>A configuration with nothing left open, and the descriptor of the model it makes.</summary>
/// <param name="Config">Everything decided.</param>
/// <param name="Descriptor">Without command and scores.</param>
public sealed record Plan(TrainingConfig Config, ModelDescriptor Descriptor)
{
    /// <summary>Decides from the data what the configuration leaves open; decodes a few images for it.</summary>
    /// <exception cref="InvalidImageException">The configuration does not fit the data.</exception>
    /// <exception cref="WeightsException">It makes no model that holds together.</exception>
    public static Plan Of(MultiRaterDataSet data, TrainingConfig config, CancellationToken cancellation)
    {
        if (config.Method is not ("mrnet" or "mrnet-published"))
            throw new InvalidImageException($"method is '{config.Method}'; a model is made by mrnet or mrnet-published. The baselines are for experiments.");
        var found = Fingerprinting.Of(data, cancellation);
        var preparation = config.Preparation ?? Fingerprinting.Learn(found, data.Format, config.Size);
        var crops = data.Format == "crops";
        var texts = Texts(config.Model, data, found);
        config = config with
        {
            Model = texts,
            Preparation = preparation,
            Size = preparation.Size,
            Augmentation = config.Augmentation ?? Suitable(preparation, config.Training),
            EmptySlices = config.EmptySlices ?? (crops ? 1 : 0.1),
            Stretched = config.Stretched ?? (crops ? [0, 255] : null),
        };
        return new(config, Describe(config, texts, NetworkOf(config.Network, data, found.Channels), found));
    }

    /// <summary>What a configuration takes over from a model that is described already.</summary>
    public static TrainingConfig From(ModelDescriptor descriptor, TrainingConfig config)
    {
        var network = JsonSerializer.SerializeToNode(descriptor.Network, ConfigFile.Json)!.AsObject();
        foreach (var decided in new[] { "raters", "structures", "channels" })
            network.Remove(decided);
        return config with
        {
            Model = new()
            {
                Id = descriptor.Id,
                Version = descriptor.Version,
                DisplayName = descriptor.DisplayName,
                Description = descriptor.Description,
                Modalities = descriptor.Modalities,
                Structures = descriptor.Structures,
                Raters = descriptor.Raters,
                Threshold = descriptor.Threshold,
                KeepLargest = descriptor.KeepLargest,
                TrainingData = descriptor.TrainingData,
                Licence = descriptor.Licence,
                IntendedUse = descriptor.IntendedUse,
            },
            Network = network,
            Preparation = descriptor.Preparation,
        };
    }

    private static Augmentation Suitable(Preparation preparation, TrainingOptions training) => preparation switch
    {
        { Locator: not null } => Augmentation.Regions,
        { Framing: Framing.Window } => training.Window > 0 ? Augmentation.Windows : Augmentation.Crops,
        _ => Augmentation.WholeSlices,
    };

    private static NetworkOptions NetworkOf(JsonObject given, MultiRaterDataSet data, int channels)
    {
        var all = new JsonObject { ["raters"] = data.Raters.Count, ["structures"] = data.Structures.Count, ["channels"] = channels };
        foreach (var (key, value) in given)
            all[key] = value?.DeepClone();
        try
        {
            var network = all.Deserialize<NetworkOptions>(ConfigFile.Json)!.Checked();
            if (network.Raters != data.Raters.Count || network.Structures != data.Structures.Count || network.Channels != channels)
                throw new InvalidImageException($"The network has {network.Raters} raters, {network.Structures} structures and {network.Channels} channels; the data have {data.Raters.Count}, {data.Structures.Count} and {channels}.");
            return network;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new InvalidImageException($"The network's options cannot be used: {error.Message}", error);
        }
    }

    private static ModelTexts Texts(ModelTexts given, MultiRaterDataSet data, DataFingerprint found)
    {
        if (given.Structures is { } structures && structures.Count != data.Structures.Count)
            throw new InvalidImageException($"{structures.Count} structures are described; the data have {data.Structures.Count}: {string.Join(", ", data.Structures)}.");
        if (given.Raters is { } raters && raters.Count != data.Raters.Count)
            throw new InvalidImageException($"{raters.Count} raters are named; the data have {data.Raters.Count}: {string.Join(", ", data.Raters)}.");
        return given with
        {
            Id = given.Id ?? IdOf(data.Name),
            DisplayName = given.DisplayName ?? data.Name,
            Description = given.Description ?? $"Outlines {string.Join(" and ", data.Structures)} as {data.Raters.Count} raters would; trained on {data.Name}.",
            Modalities = given.Modalities ?? [found.Modality.Length > 0 ? found.Modality : found.SpacingMm is null && found.Channels == 3 ? "OP" : found.Low < -500 || data.Format == "crops" ? "CT" : "MR"],
            Structures = given.Structures ?? [.. data.Structures.Select(DefaultStructures.Of)],
            Raters = given.Raters ?? data.Raters,
            TrainingData = given.TrainingData ?? $"{data.Name} ({data.Format}, {data.Cases.Count} cases); source and licence not stated.",
            Licence = given.Licence ?? "Not stated.",
        };
    }

    private static string IdOf(string name)
    {
        var id = string.Concat(name.ToLowerInvariant().Select(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' ? letter : '-')).Trim('-');
        return id.Length == 0 ? "model" : id;
    }

    private static ModelDescriptor Describe(TrainingConfig config, ModelTexts texts, NetworkOptions network, DataFingerprint found)
    {
        var descriptor = new ModelDescriptor
        {
            Id = texts.Id!,
            Version = texts.Version,
            DisplayName = texts.DisplayName!,
            Description = texts.Description!,
            Modalities = texts.Modalities!,
            Structures = texts.Structures!,
            Raters = texts.Raters!,
            Network = network,
            Preparation = config.Preparation!,
            Threshold = texts.Threshold,
            KeepLargest = texts.KeepLargest,
            TrainingData = texts.TrainingData!,
            TrainingCommand = "",
            Licence = texts.Licence!,
            IntendedUse = texts.IntendedUse,
            Scores = new Dictionary<string, double>(),
            LearntFrom = found,
        };
        return ModelDescriptor.Parse(descriptor.ToJson(), "the configuration"); // checks that it holds together
    }
}
