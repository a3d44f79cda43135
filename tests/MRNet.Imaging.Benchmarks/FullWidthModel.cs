using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Benchmarks;

/// <summary>A model of random weights with the size of the published one, resampling to 256 x 256.</summary>
internal static class FullWidthModel
{
    public static StoredModel Save(string path)
    {
        var bundled = new ModelStore(ModelStore.Bundled).Find("ct-lung-nodule").Descriptor;
        using var network = new MultiRaterNetwork(bundled.Network with { Width = 64 });
        var descriptor = bundled with { Id = "full", Network = network.Options, Preparation = bundled.Preparation with { Framing = Framing.Resize, Size = 256, NeedsRegion = false } };
        NetworkWeights.Save(network, path, descriptor.ToMetadata());
        return new(descriptor, path);
    }
}
