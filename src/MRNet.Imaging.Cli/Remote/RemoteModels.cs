using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Cli.Remote;

/// <summary>A server's models, chosen from as the local ones are.</summary>
internal static class RemoteModels
{
    /// <exception cref="WeightsException">None of this id, none that fits, or several.</exception>
    /// <exception cref="InvalidImageException">The model named is for another modality.</exception>
    public static async Task<Protocol.V1.Model> ChooseAsync(MrnetClient client, string? id, Volume volume, CancellationToken cancellation)
    {
        var models = await client.ListModelsAsync(cancellation: cancellation);
        if (id is null)
            return For(models, volume);
        var model = models.FirstOrDefault(model => model.Id == id) ?? throw new WeightsException($"The server has no model '{id}'; it has: {Names(models)}.");
        return Fits(model, volume) ? model : throw new InvalidImageException(
            $"The image is {volume.Modality}; model {model.Id} is for {string.Join(", ", model.Modalities)}. Choose another with --model.");
    }

    /// <summary>What the model outlines, as its descriptor says it.</summary>
    public static IReadOnlyList<Structure> StructuresOf(Protocol.V1.Model model) => [.. model.Structures.Select(structure => new Structure
    {
        Label = structure.Label,
        Category = Of(structure.Category),
        Type = Of(structure.Type),
        Anatomy = structure.Region is { } region ? Of(region) : null,
        Color = (int)structure.Color,
    })];

    private static Protocol.V1.Model For(IReadOnlyList<Protocol.V1.Model> models, Volume volume)
    {
        var what = $"{(volume.Modality.Length == 0 ? "an image of unknown modality" : volume.Modality)} with {volume.Channels} channel{(volume.Channels == 1 ? "" : "s")}";
        return models.Where(model => model.Channels == volume.Channels && Fits(model, volume)).ToArray() switch
        {
            [var one] => one,
            [] => throw new WeightsException($"No model of the server is for {what}; it has: {Names(models)}. Name one with --model if you know better."),
            var several => throw new WeightsException($"Several models of the server are for {what}: {Names(several)}. Choose one with --model."),
        };
    }

    private static bool Fits(Protocol.V1.Model model, Volume volume) => volume.Modality.Length == 0 || model.Modalities.Contains(volume.Modality);

    private static CodedConcept Of(Code code) => new(code.Value, code.Scheme, code.Meaning);

    private static string Names(IReadOnlyCollection<Protocol.V1.Model> models) =>
        models.Count == 0 ? "none" : string.Join(", ", models.Select(model => $"{model.Id} ({string.Join('/', model.Modalities)})"));
}
