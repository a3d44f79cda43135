using MRNet.Imaging.Model;

namespace MRNet.Imaging.Segmentation;

/// <summary>What the network needs besides its weights, and how much of it has room.</summary>
internal static class WorkingMemory
{
    /// <summary>Maps of the network's full width and size that are alive at the same time: 130 to 170 MB a slice were measured at full width and 256 x 256 (baseline.md), this is 200.</summary>
    private const int Maps = 12;

    /// <summary>Left for everything else.</summary>
    private const int ShareOfFree = 2;

    /// <summary>Bytes that this process may still take.</summary>
    public static long Free => GC.GetGCMemoryInfo() is var memory && memory.TotalAvailableMemoryBytes > 0
        ? memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes
        : long.MaxValue;

    /// <param name="size">Height and width the network sees.</param>
    public static long BytesOfSlice(NetworkOptions network, int size) => (long)Maps * network.Width * size * size * sizeof(float);

    /// <summary>How many batches of <paramref name="batch"/> slices have room in half of what is free; at least 1.</summary>
    public static int Fitting(long free, NetworkOptions network, int size, int batch = 1) =>
        (int)Math.Clamp(free / ShareOfFree / (batch * BytesOfSlice(network, size)), 1, 1024);
}
