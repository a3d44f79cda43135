using System.Security.Cryptography;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>A model whose weights are in memory, on the device it will run on, checked.</summary>
public sealed class LoadedModel : IDisposable
{
    private LoadedModel(ModelDescriptor descriptor, InferenceNetwork network, string sha256, string device)
    {
        (Descriptor, Network, WeightsSha256, DeviceName) = (descriptor, network, sha256, device);
        Device = new torch.Device(device);
    }

    public ModelDescriptor Descriptor { get; }

    public InferenceNetwork Network { get; }

    /// <summary>Finds the region by itself; null for a model that looks at the whole slice or must be told.</summary>
    public Locator? Locator { get; private init; }

    /// <summary>SHA-256 of the weights file, 64 hexadecimal digits.</summary>
    public string WeightsSha256 { get; }

    /// <summary>cpu, cuda or cuda:1.</summary>
    public string DeviceName { get; }

    public torch.Device Device { get; }

    /// <param name="device">cpu, cuda or cuda:1.</param>
    /// <exception cref="WeightsException">The weights do not fit the network, or this machine computes it wrongly.</exception>
    /// <exception cref="ResourceLimitException">There is no such device.</exception>
    public static LoadedModel Load(StoredModel model, string device = "cpu")
    {
        CheckDevice(device);
        var network = InferenceNetwork.TakeOver(OnDevice(model, device));
        try
        {
            CheckConvolutions(network, model.Descriptor);
            return new(model.Descriptor, network, Hash(model.Path), device) { Locator = Locator.Load(model, new torch.Device(device)) };
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Network.Dispose();
        Locator?.Dispose();
    }

    private static MultiRaterNetwork OnDevice(StoredModel model, string device)
    {
        var network = ModelFile.LoadWeights(model.Path, model.Descriptor.Network);
        network.to(new torch.Device(device));
        return network;
    }

    private static void CheckDevice(string device)
    {
        if (device == "cpu")
            return;
        if (!torch.cuda.is_available())
            throw new ResourceLimitException($"Device is {device}; this build or machine has no CUDA. Use cpu, or build with -p:TorchBackend=cuda-linux or cuda-windows.");
        if (device.Split(':') is [_, var number] && int.TryParse(number, out var index) && index >= torch.cuda.device_count())
            throw new ResourceLimitException($"Device is {device}; this machine has {torch.cuda.device_count()} (from cuda:0).");
    }

    private static void CheckConvolutions(InferenceNetwork network, ModelDescriptor descriptor)
    {
        var wrong = ConvolutionCheck.Run(network, descriptor.Preparation.Size).FirstOrDefault(result => !result.Right);
        if (wrong is not null)
            throw new WeightsException($"This machine computes {descriptor.Id} wrongly ({wrong}); it is not used. Run 'mrnet doctor'.");
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
