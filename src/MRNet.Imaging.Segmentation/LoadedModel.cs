using System.Diagnostics;
using System.Security.Cryptography;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>A model whose weights are in memory, on the device it will run on, checked.</summary>
public sealed class LoadedModel : IDisposable
{
    private LoadedModel(StoredModel stored, InferenceNetwork network, string sha256, string device, Precision precision)
    {
        (Descriptor, Path, Network, WeightsSha256, DeviceName, Precision) = (stored.Descriptor, stored.Path, network, sha256, device, precision);
        Device = new torch.Device(device);
    }

    public ModelDescriptor Descriptor { get; }

    /// <summary>Where its weights came from.</summary>
    internal string Path { get; }

    public InferenceNetwork Network { get; }

    /// <summary>Finds the region by itself; null for a model that looks at the whole slice or must be told.</summary>
    public Locator? Locator { get; private init; }

    /// <summary>SHA-256 of the weights file, 64 hexadecimal digits.</summary>
    public string WeightsSha256 { get; }

    /// <summary>cpu, cuda or cuda:1.</summary>
    public string DeviceName { get; }

    public torch.Device Device { get; }

    /// <summary>What it computes in; every result says so.</summary>
    public Precision Precision { get; }

    /// <param name="device">cpu, cuda or cuda:1.</param>
    /// <exception cref="WeightsException">The weights do not fit the network, or this machine computes it wrongly.</exception>
    /// <exception cref="ResourceLimitException">There is no such device, or it does not have the precision.</exception>
    public static LoadedModel Load(StoredModel model, string device = "cpu", Precision precision = Precision.Float32)
    {
        var begun = Stopwatch.GetTimestamp();
        var path = ComputePath.Of(device, precision);
        if (precision != Precision.Float32 && !model.Descriptor.Network.IsWhole)
            throw new ResourceLimitException($"Model {model.Descriptor.Id} has a part of the network taken out; such a model is computed in float32 only.");
        var network = InferenceNetwork.TakeOver(OnDevice(model, device), path);
        try
        {
            var sha256 = HashOf(model);
            CheckConvolutions(network, model.Descriptor, sha256);
            var loaded = new LoadedModel(model, network, sha256, device, precision) { Locator = Locator.Load(model, new torch.Device(device)) };
            EngineMetrics.Loaded(model.Descriptor.Id, device == "cpu" ? null : Math.Max(0, loaded.Device.index), Stopwatch.GetElapsedTime(begun));
            return loaded;
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

    private static void CheckConvolutions(InferenceNetwork network, ModelDescriptor descriptor, string sha256)
    {
        var check = $"{sha256}/{descriptor.Preparation.Size}/{network.Path}/{network.Device}/{PassedChecks.Machine}";
        if (PassedChecks.OfUser.Hold(check))
            return;

        var wrong = ConvolutionCheck.Run(network, descriptor.Preparation.Size).FirstOrDefault(result => !result.Right);
        if (wrong is not null)
            throw new WeightsException($"This machine computes {descriptor.Id} wrongly ({wrong}); it is not used. Run 'mrnet doctor'.");
        PassedChecks.OfUser.Add(check);
    }

    /// <summary>SHA-256 of a model's weights file, 64 hexadecimal digits.</summary>
    public static string HashOf(StoredModel model)
    {
        using var stream = File.OpenRead(model.Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
