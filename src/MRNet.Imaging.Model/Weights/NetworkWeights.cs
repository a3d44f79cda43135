namespace MRNet.Imaging.Model.Weights;

/// <summary>Fills a network from a file with the published names (<c>unet.*</c>, <c>mrm.*</c>, <c>mpm.*</c>), and writes it to one.</summary>
public static class NetworkWeights
{
    /// <summary>Layers of the published code that its forward pass never uses.</summary>
    private static readonly string[] Unused = ["unet.up_c1.", "unet.up_c2."];

    /// <exception cref="WeightsException">A tensor is missing, of another shape, or not one of this network's.</exception>
    public static void Load(Module network, INamedTensors file)
    {
        var state = network.state_dict();
        var given = file.Names.Where(name => !Unused.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToHashSet();

        if (state.Keys.FirstOrDefault(name => !given.Contains(name)) is { } missing)
            throw new WeightsException($"The weights lack {missing}: they are of another network, or of other options.");
        if (given.FirstOrDefault(name => !state.ContainsKey(name)) is { } foreign)
            throw new WeightsException($"The weights hold {foreign}, which this network does not have: other options, or another network.");

        foreach (var (name, target) in state)
            file.CopyTo(name, target);
    }

    /// <param name="floats">Type to keep floating-point weights in; float16 halves the file.</param>
    public static void Save(Module network, string path, IReadOnlyDictionary<string, string>? metadata = null, ScalarType? floats = null) =>
        SafetensorsFile.Write(path, network.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal), metadata, floats);
}
