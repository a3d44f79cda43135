using System.Text.Json;
using System.Text.Json.Serialization;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;

namespace MRNet.Imaging.Segmentation;

/// <summary>
/// What a model is, kept as JSON in the metadata of its weights file: one file is the whole model.
/// </summary>
public sealed record ModelDescriptor
{
    /// <summary>Short name for the command line and the wire: a-z, 0-9 and hyphens.</summary>
    public required string Id { get; init; }

    public required string Version { get; init; }

    public required string DisplayName { get; init; }

    public required string Description { get; init; }

    /// <summary>DICOM modalities it was trained for: CT, MR, OP. An image that does not say its modality is taken as well.</summary>
    public required IReadOnlyList<string> Modalities { get; init; }

    public required IReadOnlyList<Structure> Structures { get; init; }

    /// <summary>Names of the raters; their order is the order of the weights everywhere.</summary>
    public required IReadOnlyList<string> Raters { get; init; }

    public required NetworkOptions Network { get; init; }

    public required Preparation Preparation { get; init; }

    /// <summary>A voxel is inside at or above this probability.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>The refined logits are divided by it before they become probabilities: fitted on validation data, 1 changes nothing (Guo et al. 2017).</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>There is one of each structure: only the largest connected part stays in the mask; the maps keep all.</summary>
    public bool KeepLargest { get; init; }

    /// <summary>Data it was trained on, with source and licence.</summary>
    public required string TrainingData { get; init; }

    /// <summary>The command that made it.</summary>
    public required string TrainingCommand { get; init; }

    /// <summary>Licence of the weights.</summary>
    public required string Licence { get; init; }

    public string IntendedUse { get; init; } = "Research. Not a medical device.";

    /// <summary>Measured on patients it never saw: name of the score, value.</summary>
    public required IReadOnlyDictionary<string, double> Scores { get; init; }

    /// <summary>What the images of the training set look like; null where that was not recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DataFingerprint? LearntFrom { get; init; }

    private const string MetadataKey = "mrnet";

    /// <summary>Pixels that a network may see along a side: a wrong number in a file must not ask for all memory.</summary>
    private const int LargestSize = 4096;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        RespectNullableAnnotations = true,
        WriteIndented = true,
    };

    /// <exception cref="InvalidImageException">The image is of another modality than the model is for.</exception>
    public void CheckModality(string modality)
    {
        if (!ModelStore.Fits(this, modality)) // a longer text is no modality, and may be anything: it is not repeated
            throw new InvalidImageException($"The image is {(modality.Length <= 3 ? modality : "of another modality")}; model {Id} is for {string.Join(", ", Modalities)}. Choose another model.");
    }

    /// <summary>What a user should hear of before believing what the model says of an image; null for nothing.</summary>
    public string? DoubtOf(Grid image) => (LearntFrom?.Plane, image.Plane) switch
    {
        ({ } learnt, { } found) when learnt != found => $"The slices are {Name(found)}; model {Id} learned from {Name(learnt)} ones, so expect a poor answer. Reformat the image to {Name(learnt)} slices first.",
        _ => null,
    };

    private static string Name(SlicePlane plane) => plane.ToString().ToLowerInvariant();

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>As metadata of a safetensors file.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata() => new Dictionary<string, string> { ["format"] = "pt", [MetadataKey] = ToJson() };

    /// <exception cref="WeightsException">The file has no descriptor, or one that does not hold together.</exception>
    public static ModelDescriptor Of(SafetensorsFile file, string name)
    {
        if (!file.Metadata.TryGetValue(MetadataKey, out var json))
            throw new WeightsException($"{name} has no '{MetadataKey}' in its metadata: it holds weights, but does not say of which model.");
        return Parse(json, name);
    }

    /// <exception cref="WeightsException">Not a descriptor, or one that does not hold together.</exception>
    public static ModelDescriptor Parse(string json, string name)
    {
        try
        {
            var descriptor = JsonSerializer.Deserialize<ModelDescriptor>(json, Json) ?? throw new JsonException("it is null");
            return descriptor.Checked(name);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException)
        {
            throw new WeightsException($"The model descriptor of {name} cannot be read: {error.Message}", error);
        }
    }

    private ModelDescriptor Checked(string name)
    {
        Network.Checked();
        Want(name, "raters", Raters.Count, Network.Raters);
        Want(name, "structures", Structures.Count, Network.Structures);
        Check(name, Preparation);
        if (!(Threshold > 0 && Threshold <= 1))
            throw new WeightsException(FormattableString.Invariant($"{name}: threshold is {Threshold}; expected above 0 and up to 1."));
        if (!(Temperature > 0 && double.IsFinite(Temperature)))
            throw new WeightsException(FormattableString.Invariant($"{name}: temperature is {Temperature}; expected above 0."));
        if (Raters.Contains(null!) || Structures.Contains(null!) || Modalities.Contains(null!))
            throw new WeightsException($"{name}: a rater, structure or modality is null.");
        if (Id.Length == 0 || !Id.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '-'))
            throw new WeightsException($"{name}: id is '{Id}'; expected a-z, 0-9 and hyphens.");
        if (Raters.Distinct().Count() < Raters.Count || Structures.DistinctBy(structure => structure.Label).Count() < Structures.Count)
            throw new WeightsException($"{name}: two raters or two structures have the same name.");
        return this;
    }

    private void Check(string name, Preparation preparation)
    {
        if (preparation.Size is < MultiRaterNetwork.SizeStep or > LargestSize || preparation.Size % MultiRaterNetwork.SizeStep != 0)
            throw new WeightsException($"{name}: preparation size is {preparation.Size}; expected a multiple of {MultiRaterNetwork.SizeStep} up to {LargestSize}.");
        if (preparation.Locator is { } locator)
            Check(name, locator);
        if (!(preparation.Low < preparation.High) || !double.IsFinite(preparation.High - preparation.Low))
            throw new WeightsException(FormattableString.Invariant($"{name}: intensities from {preparation.Low} to {preparation.High}; expected a range."));
        if (preparation.Mean.Count is var mean && mean != 1 && mean != Network.Channels || preparation.Deviation.Count != mean)
            throw new WeightsException($"{name}: {preparation.Mean.Count} means and {preparation.Deviation.Count} deviations; expected 1 or {Network.Channels} of each.");
        if (!preparation.Mean.All(float.IsFinite) || !preparation.Deviation.All(deviation => float.IsFinite(deviation) && deviation > 0))
            throw new WeightsException($"{name}: a mean is not finite, or a deviation not above 0.");
    }

    private static void Check(string name, LocatorOptions locator)
    {
        if (locator.Size is < MultiRaterNetwork.SizeStep or > LargestSize || locator.Size % MultiRaterNetwork.SizeStep != 0)
            throw new WeightsException($"{name}: the locator's size is {locator.Size}; expected a multiple of {MultiRaterNetwork.SizeStep} up to {LargestSize}.");
        if (!(locator.Margin is >= 1 and <= 100))
            throw new WeightsException(FormattableString.Invariant($"{name}: the locator's margin is {locator.Margin}; expected 1 to 100."));
        Locator.Network(locator, channels: 1).Checked();
    }

    private static void Want(string name, string what, int found, int wanted)
    {
        if (found != wanted)
            throw new WeightsException($"{name} names {found} {what}; its network has {wanted}.");
    }
}
