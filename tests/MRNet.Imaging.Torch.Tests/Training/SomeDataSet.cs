using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Torch.Tests.Training;

/// <summary>A case in memory.</summary>
internal sealed class SomeCase(Volume image, byte[]?[][] masks) : MultiRaterCase
{
    /// <summary>How often the image was decoded.</summary>
    public int Reads { get; private set; }

    public override Volume ReadImage(CancellationToken cancellation)
    {
        Reads++;
        return image;
    }

    public override RaterMasks ReadMasks(CancellationToken cancellation) => new(image.Grid, masks);
}

internal static class SomeDataSet
{
    /// <param name="masks">[S][R]</param>
    public static SomeCase Case(string name, Volume image, params byte[]?[][] masks) => new(image, masks) { Name = name, Patient = name };

    public static MultiRaterDataSet Of(params SomeCase[] cases)
    {
        var masks = cases[0].ReadMasks(CancellationToken.None);
        return new("set", "rater-folders", [.. Enumerable.Range(0, masks.Structures).Select(s => $"structure {s}")], [.. Enumerable.Range(0, masks.Raters).Select(r => $"rater {r}")], cases);
    }

    /// <summary>A photograph with one bright disc, and raters who draw it tighter and wider.</summary>
    public static SomeCase Disc(string name, int columns, int rows, double x, double y, double radius, int channels = 1)
    {
        var random = new Random(name.Sum(letter => letter));
        bool Inside(int i, double r) => Math.Pow(i % columns + 0.5 - x, 2) + Math.Pow(i / columns + 0.5 - y, 2) <= r * r;
        byte[] Mask(double r) => [.. Enumerable.Range(0, columns * rows).Select(i => (byte)(Inside(i, r) ? 1 : 0))];
        float[] samples = [.. Enumerable.Range(0, channels).SelectMany(_ => Enumerable.Range(0, columns * rows)).Select(i => random.Next(60) + (Inside(i, radius) ? 150f : 20f))];
        return Case(name, new(Grid.OfPixels(columns, rows), samples, channels), [[Mask(radius * 0.8), Mask(radius), Mask(radius * 1.2)]]);
    }
}
