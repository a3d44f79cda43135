namespace MRNet.Imaging.Segmentation;

/// <summary>
/// A model's own way of finding where to look: a small coarse U-Net sees the whole slice, and the model proper then
/// looks at a square around what it found, so that an image of any size can be given.
/// </summary>
public sealed record LocatorOptions
{
    /// <summary>Side in pixels of the whole slice as the locator sees it, a multiple of 32; the longer side fills it, the rest is 0.</summary>
    public int Size { get; init; } = 128;

    /// <summary>Channels of the locator's first stage, a multiple of 4.</summary>
    public int Width { get; init; } = 8;

    /// <summary>Side of the region in diameters of the disc that has the area of what was found.</summary>
    public double Margin { get; init; } = 2.5;
}
