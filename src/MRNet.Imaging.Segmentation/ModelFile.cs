using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>Makes the one file that is a model: weights in half precision, descriptor in the metadata.</summary>
public static class ModelFile
{
    /// <param name="weights">Weights as training left them.</param>
    /// <param name="locator">The locator's weights as training left them, for a model that has one.</param>
    public static void Write(string weights, string path, ModelDescriptor descriptor, string? locator = null)
    {
        using var network = LoadWeights(weights, descriptor.Network);
        using var finder = locator is null ? null : LoadLocator(locator, descriptor);
        var state = NetworkWeights.State(network).Concat(finder is null ? [] : NetworkWeights.State(finder, Locator.Prefix));
        SafetensorsFile.Write(path, state, descriptor.ToMetadata(), torch.ScalarType.Float16);
    }

    private static CoarseUNet LoadLocator(string weights, ModelDescriptor descriptor)
    {
        var network = new CoarseUNet(Locator.Network(descriptor.Preparation.Locator!, descriptor.Network.Channels));
        using var file = SafetensorsFile.Open(weights);
        NetworkWeights.Load(network, file);
        return network;
    }

    /// <exception cref="InvalidImageException">No such file.</exception>
    /// <exception cref="WeightsException">Not a descriptor.</exception>
    public static ModelDescriptor ReadDescriptor(string path) => File.Exists(path)
        ? ModelDescriptor.Parse(File.ReadAllText(path), Path.GetFileName(path))
        : throw new InvalidImageException($"There is no model descriptor {path}.");

    /// <exception cref="WeightsException">Weights of another network.</exception>
    public static MultiRaterNetwork LoadWeights(string weights, NetworkOptions options)
    {
        var network = new MultiRaterNetwork(options);
        try
        {
            using var file = SafetensorsFile.Open(weights);
            NetworkWeights.Load(network, file);
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
