using MRNet.Imaging.Model.Inference;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>What a device can do of what was asked for.</summary>
internal static class ComputePath
{
    /// <param name="device">cpu, cuda or cuda:1.</param>
    /// <exception cref="ResourceLimitException">The device is not there, or does not have the precision.</exception>
    public static InferencePath Of(string device, Precision precision)
    {
        CheckDevice(device);
        return Of(device == "cpu", precision, InferenceNetwork.HasBFloat16) ?? InferenceNetwork.BestPath(new torch.Device(device));
    }

    /// <returns>Null for the device's best in single precision.</returns>
    internal static InferencePath? Of(bool isCpu, Precision precision, bool hasBFloat16) => (isCpu, precision) switch
    {
        (_, Precision.Float32) => null,
        (true, Precision.BFloat16) when hasBFloat16 => InferencePath.PackedBFloat16,
        (false, Precision.Float16) => InferencePath.PlainFloat16,
        (true, Precision.BFloat16) => throw new ResourceLimitException("Precision is bfloat16; this processor has no arithmetic for it (AVX-512 BF16 or AMX on x64). Use float32."),
        (true, _) => throw new ResourceLimitException("Precision is float16; that is for GPUs. Use float32, or bfloat16 where 'mrnet doctor' names it."),
        _ => throw new ResourceLimitException("Precision is bfloat16; on a GPU use float16 or float32."),
    };

    /// <exception cref="ResourceLimitException">The device is not there.</exception>
    internal static void CheckDevice(string device)
    {
        if (device == "cpu")
            return;
        if (!torch.cuda.is_available())
            throw new ResourceLimitException($"Device is {device}; this build or machine has no CUDA. Use cpu, or build with -p:TorchBackend=cuda-linux or cuda-windows.");
        if (device.Split(':') is [_, var number] && int.TryParse(number, out var index) && index >= torch.cuda.device_count())
            throw new ResourceLimitException($"Device is {device}; this machine has {torch.cuda.device_count()} (from cuda:0).");
    }
}
