using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Model.Weights;

/// <summary>
/// Starts an encoder from weights learned on other pictures (ImageNet), under torchvision's names: ResNet34 or ResNet101
/// (<c>conv1</c>, <c>bn1</c>, <c>layer1</c>..<c>layer4</c>) for the U-Net, VGG16 with batch normalisation (<c>features.N</c>) for the
/// reconstruction module. Classifiers are left out.
/// </summary>
public static class PretrainedEncoder
{
    private const int Width = 64;

    /// <summary>How often a normalisation was trained: older files do not say, and nothing here asks.</summary>
    private const string Count = "num_batches_tracked";

    /// <param name="path">Safetensors or <c>.pth</c>.</param>
    /// <returns>Which encoder was filled, for a message.</returns>
    /// <exception cref="WeightsException">The file holds neither, its shapes are of another network, or the network has no such encoder.</exception>
    public static string Load(Module network, string path)
    {
        using var file = PublishedFiles.Open(("", path));
        if (file.Names.Contains("layer1.0.conv1.weight"))
            return LoadResNet(network, file);
        if (file.Names.Contains("features.0.weight"))
            return LoadVgg(network, file);
        throw new WeightsException($"{Path.GetFileName(path)} has neither layer1.0.conv1.weight (ResNet) nor features.0.weight (VGG16 with batch normalisation); expected torchvision's names.");
    }

    private static string LoadResNet(Module network, PublishedFiles file)
    {
        var encoder = Part<ResNetEncoder>(network, "ResNet");
        CheckWidth(encoder.Channels[0]);
        foreach (var (name, target) in encoder.state_dict().Where(pair => !pair.Key.StartsWith(ResNetEncoder.Narrow, StringComparison.Ordinal) && !pair.Key.EndsWith(Count, StringComparison.Ordinal)))
            if (name == "0.weight")
                CopyStem(file, target);
            else
                file.CopyTo(TorchvisionName(name), target);
        return encoder.Kind.ToString();
    }

    private static string LoadVgg(Module network, PublishedFiles file)
    {
        if (!file.Names.Contains("features.1.running_mean"))
            throw new WeightsException("The weights are of VGG16 without batch normalisation; the reconstruction module has it, so take torchvision's vgg16_bn.");
        var module = Part<MultiRaterReconstruction>(network, "VGG16");
        var state = module.state_dict();
        CheckWidth(state["conv1_1.weight"].size(0));

        var at = 0;
        for (var block = 1; block <= MultiRaterReconstruction.Depths.Length; block++, at++) // a pooling layer ends each block
            for (var layer = 1; layer <= MultiRaterReconstruction.Depths[block - 1]; layer++, at += 3) // convolution, normalisation, activation
            {
                Copy(file, $"features.{at}.", state, $"conv{block}_{layer}.");
                Copy(file, $"features.{at + 1}.", state, $"bn{block}_{layer}.");
            }

        return "VGG16";
    }

    private static void Copy(PublishedFiles file, string from, Dictionary<string, Tensor> state, string to)
    {
        foreach (var (name, target) in state.Where(pair => pair.Key.StartsWith(to, StringComparison.Ordinal) && !pair.Key.EndsWith(Count, StringComparison.Ordinal)))
            file.CopyTo(from + name[to.Length..], target);
    }

    /// <summary>
    /// The stem was learned on three channels. For another number every channel gets the sum over the three, divided by how many
    /// there are: a picture with the same values in all of them gives what the grey picture gave.
    /// </summary>
    private static void CopyStem(PublishedFiles file, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var learned = file.Read("conv1.weight");
        if (learned.shape is [_, 3, _, _] && target.size(1) != 3)
            learned = learned.sum(1, keepdim: true).Over(target.size(1)).expand(-1, target.size(1), -1, -1);
        INamedTensors.CheckShape("conv1.weight", learned.shape, target);
        target.copy_(learned);
    }

    /// <summary>The layers of the published checkpoints have numbers: 0 the stem, 1 its normalisation, 4..7 the stages.</summary>
    private static string TorchvisionName(string name)
    {
        var (number, rest) = name.Split('.', 2) switch { [var first, var second] => (first, second), _ => (name, "") };
        return number == "1" ? $"bn1.{rest}" : $"layer{int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) - 3}.{rest}";
    }

    private static T Part<T>(Module network, string what) where T : Module =>
        network.modules().Prepend(network).OfType<T>().FirstOrDefault() ?? throw new WeightsException($"The weights are of a {what}; this network has no such encoder.");

    private static void CheckWidth(long width)
    {
        if (width != Width)
            throw new WeightsException($"Weights learned on ImageNet are {Width} channels wide; the network has width {width}. Set its width to {Width}, or train without them.");
    }
}
