namespace MRNet.Imaging.Segmentation;

/// <summary>
/// How many slices go to a GPU at once. Not measured: no machine with a GPU was at hand; the choice itself is tested.
/// </summary>
internal static class GpuBatch
{
    /// <summary>Above it a GPU gains nothing more, and a cancelled request waits longer.</summary>
    private const int Most = 16;

    /// <summary>Where the driver does not say what is free.</summary>
    private const int Usual = 8;

    public static int Of(LoadedModel model) => CudaMemory.Of(Math.Max(0, model.Device.index)) is { } memory ? Of(memory.Free, model) : Usual;

    private static int Of(long free, LoadedModel model) =>
        Math.Min(Most, WorkingMemory.Fitting(free, model.Descriptor.Network, model.Descriptor.Preparation.Size));
}
