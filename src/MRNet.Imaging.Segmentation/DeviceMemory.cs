using System.Runtime.InteropServices;

namespace MRNet.Imaging.Segmentation;

/// <summary>What libtorch says when a device has no memory left, in our own words.</summary>
internal static class DeviceMemory
{
    /// <param name="device">cpu, cuda or cuda:1.</param>
    /// <param name="slices">That are computed at once.</param>
    /// <exception cref="ResourceLimitException">It has not enough memory.</exception>
    public static void Guard(string device, int slices, Action work)
    {
        try
        {
            work();
        }
        catch (ExternalException error) when (error.Message.Contains("memory", StringComparison.OrdinalIgnoreCase)) // "CUDA out of memory", "can't allocate memory"
        {
            throw new ResourceLimitException($"{device} has not enough memory for {slices} slices at once; ask for a region, or let fewer jobs run at a time (Jobs:Runners).", error);
        }
    }
}
