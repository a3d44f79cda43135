using MRNet.Imaging.Model;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>How often a locator is right, on images it never saw.</summary>
/// <param name="Images">How many there are with something to find.</param>
/// <param name="Found">Share of them whose region, as the locator cuts it, holds at least 99 % of what the raters marked.</param>
public sealed record LocatorScore(int Images, double Found)
{
    private const double Enough = 0.99;

    /// <param name="whole">Whole slices with one structure.</param>
    public static LocatorScore Of(TrainingSlices whole, CoarseUNet network, LocatorOptions locator, CancellationToken cancellation)
    {
        network.eval();
        bool[] found =
        [
            .. Predictions.Of(whole, (images, _) => network.call(images, ones([images.size(0), 1])).Coarse.sigmoid(), Predictions.Equal, cancellation)
                .Where(image => image.Masks[0].Any(mask => mask is not null && mask.Contains((byte)1)))
                .Select(image => Holds(image, locator)),
        ];
        return new(found.Length, found.Length == 0 ? 0 : found.Count(right => right) / (double)found.Length);
    }

    /// <summary>All slices of a volume lie one after the other: each pixel is looked at through all of them, as the locator does.</summary>
    private static bool Holds(Prediction image, LocatorOptions locator)
    {
        var pixels = locator.Size * locator.Size;
        var (map, marked) = (new float[pixels], new bool[pixels]);
        for (var i = 0; i < image.Probability[0].Length; i++)
        {
            map[i % pixels] = Math.Max(map[i % pixels], image.Probability[0][i]);
            marked[i % pixels] |= image.Masks[0].Any(mask => mask is not null && mask[i] != 0);
        }

        if (Locator.Look(map, locator.Size) is not { } found)
            return false;
        var box = found.Box(Grid.OfPixels(locator.Size, locator.Size), locator.Margin, least: 1);
        bool Inside(int i) => i % locator.Size >= box.X && i % locator.Size < box.X + box.Columns && i / locator.Size >= box.Y && i / locator.Size < box.Y + box.Rows;
        return Enumerable.Range(0, pixels).Count(i => marked[i] && Inside(i)) >= Enough * marked.Count(mark => mark);
    }
}
