using System.Runtime.InteropServices;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>
/// How many slices go to a GPU at once. Not measured: no machine with a GPU was at hand; the choice itself is tested.
/// </summary>
internal static unsafe class GpuBatch
{
    /// <summary>Above it a GPU gains nothing more, and a cancelled request waits longer.</summary>
    private const int Most = 16;

    /// <summary>Where the driver does not say what is free.</summary>
    private const int Usual = 8;

    public static int Of(LoadedModel model) => FreeBytes(model.Device) is { } free ? Of(free, model) : Usual;

    private static int Of(long free, LoadedModel model) =>
        Math.Min(Most, WorkingMemory.Fitting(free, model.Descriptor.Network, model.Descriptor.Preparation.Size));

    /// <summary>Asks the driver; torch has made the device's context when the weights were moved there.</summary>
    private static long? FreeBytes(torch.Device device)
    {
        using var context = torch.zeros(1, device: device); // makes the device current on this thread
        var driver = OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(driver, out var library) || !NativeLibrary.TryGetExport(library, "cuMemGetInfo_v2", out var function))
            return null;
        nuint free, total;
        return ((delegate* unmanaged<nuint*, nuint*, int>)function)(&free, &total) == 0 ? (long)free : null;
    }
}
