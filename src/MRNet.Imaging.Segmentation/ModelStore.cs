using MRNet.Imaging.Model.Weights;

namespace MRNet.Imaging.Segmentation;

/// <summary>A model that could be used, and where it is.</summary>
public sealed record StoredModel(ModelDescriptor Descriptor, string Path);

/// <summary>The folders in which models lie, one safetensors file each; the bundled ones come with the program.</summary>
/// <param name="folders">Searched in order; the first model of an id counts.</param>
public sealed class ModelStore(params string[] folders)
{
    /// <summary>Where the bundled models are.</summary>
    public static string Bundled { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>All models, and for each file that is none the reason.</summary>
    public IReadOnlyList<StoredModel> List(ICollection<string>? faults = null)
    {
        var models = new Dictionary<string, StoredModel>();
        foreach (var file in folders.Where(Directory.Exists).SelectMany(Files))
        {
            try
            {
                var model = Describe(file);
                models.TryAdd(model.Descriptor.Id, model);
            }
            catch (WeightsException error)
            {
                faults?.Add(error.Message);
            }
        }

        return [.. models.Values.OrderBy(model => model.Descriptor.Id, StringComparer.Ordinal)];
    }

    /// <param name="idOrFile">An id, or the path of a safetensors file.</param>
    /// <exception cref="WeightsException">No such model; the message names those there are.</exception>
    public StoredModel Find(string idOrFile)
    {
        if (idOrFile.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            return Describe(idOrFile);

        var all = List();
        return all.FirstOrDefault(model => model.Descriptor.Id == idOrFile)
            ?? throw new WeightsException($"There is no model '{idOrFile}'; there are: {Names(all)}.");
    }

    /// <summary>The model for an image when the user named none.</summary>
    /// <param name="modality">CT, MR, OP; empty when the image does not say.</param>
    /// <exception cref="WeightsException">None fits, or several do.</exception>
    public StoredModel For(string modality, int channels)
    {
        var all = List();
        var fitting = all.Where(model => model.Descriptor.Network.Channels == channels && Fits(model.Descriptor, modality)).ToArray();
        return fitting switch
        {
            [var one] => one,
            [] => throw new WeightsException($"No model is for {What(modality, channels)}; there are: {Names(all)}. Name one with --model if you know better."),
            _ => throw new WeightsException($"Several models are for {What(modality, channels)}: {Names(fitting)}. Choose one with --model."),
        };
    }

    /// <summary>Whether a model may be run on an image of this modality.</summary>
    public static bool Fits(ModelDescriptor model, string modality) => modality.Length == 0 || model.Modalities.Contains(modality);

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal);

    private static StoredModel Describe(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return new(ModelDescriptor.Of(file, System.IO.Path.GetFileName(path)), path);
    }

    private static string What(string modality, int channels) =>
        $"{(modality.Length == 0 ? "an image of unknown modality" : modality)} with {channels} channel{(channels == 1 ? "" : "s")}";

    private static string Names(IReadOnlyCollection<StoredModel> models) => models.Count == 0
        ? "none"
        : string.Join(", ", models.Select(model => $"{model.Descriptor.Id} ({string.Join('/', model.Descriptor.Modalities)})"));
}
