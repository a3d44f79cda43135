namespace MRNet.Imaging.Model.Weights;

/// <summary>Fills a network from a file with the published names (<c>unet.*</c>, <c>mrm.*</c>, <c>mpm.*</c>), and writes it to one.</summary>
public static class NetworkWeights
{
    /// <summary>Layers of the published code that its forward pass never uses.</summary>
    private static readonly string[] Unused = ["unet.up_c1.", "unet.up_c2."];

    /// <summary>How the weights of a model's locator are called, which lie in the same file.</summary>
    public const string LocatorPrefix = "locator.";

    /// <param name="prefix">Only what is called so is read; empty for the network itself, to which the locator does not belong.</param>
    /// <exception cref="WeightsException">A tensor is missing, of another shape, or not one of this network's.</exception>
    public static void Load(Module network, INamedTensors file, string prefix = "")
    {
        var state = network.state_dict().ToDictionary(pair => prefix + pair.Key, pair => pair.Value);
        var others = prefix.Length == 0 ? [.. Unused, LocatorPrefix] : Unused;
        var given = file.Names
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !others.Any(other => name.StartsWith(other, StringComparison.Ordinal))).ToHashSet();

        if (state.Keys.FirstOrDefault(name => !given.Contains(name)) is { } missing)
            throw new WeightsException($"The weights lack {missing}: they are of another network, or of other options.");
        if (given.FirstOrDefault(name => !state.ContainsKey(name)) is { } foreign)
            throw new WeightsException($"The weights hold {foreign}, which this network does not have: other options, or another network.");

        foreach (var (name, target) in state)
            file.CopyTo(name, target);
    }

    /// <param name="floats">Type to keep floating-point weights in; float16 halves the file.</param>
    public static void Save(Module network, string path, IReadOnlyDictionary<string, string>? metadata = null, ScalarType? floats = null) =>
        SafetensorsFile.Write(path, State(network), metadata, floats);

    /// <summary>All weights and statistics in the order in which files have them, their names after a prefix.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> State(Module network, string prefix = "") =>
        network.state_dict().Select(pair => KeyValuePair.Create(prefix + pair.Key, pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal);
}
