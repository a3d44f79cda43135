using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Server.Models;

/// <summary>A first image through a model: the first caller need not wait for what happens once, and a model that computes nonsense is found out.</summary>
internal static class WarmUp
{
    /// <exception cref="NotANumberException">The model answers with what is no number.</exception>
    public static void Run(LoadedModel model, TimeProvider time, CancellationToken cancellation)
    {
        var volume = SlopeOfGrey(model.Descriptor);
        new Segmenter(model, time).Segment(volume, new() { Region = Region.OfVoxels(volume.Grid.Whole) }, null, cancellation);
    }

    private static Volume SlopeOfGrey(ModelDescriptor model)
    {
        var (size, channels) = (model.Preparation.Size, model.Network.Channels);
        return new(Grid.OfPixels(size, size), [.. Enumerable.Range(0, channels * size * size).Select(i => (float)(i % size))], channels);
    }
}
