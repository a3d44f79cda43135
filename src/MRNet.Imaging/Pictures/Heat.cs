namespace MRNet.Imaging.Pictures;

/// <summary>Colours of the uncertainty: violet, red, orange, yellow. Lightness rises, so that it reads in grey too.</summary>
internal static class Heat
{
    private static readonly (float R, float G, float B)[] Stops = [(60, 20, 140), (180, 30, 110), (240, 90, 40), (255, 180, 20), (255, 255, 130)];

    /// <param name="share">0..1</param>
    public static (float R, float G, float B) Colour(float share)
    {
        var at = Math.Clamp(share, 0, 1) * (Stops.Length - 1);
        var i = Math.Min((int)at, Stops.Length - 2);
        var (a, b, t) = (Stops[i], Stops[i + 1], at - i);
        return (a.R + (b.R - a.R) * t, a.G + (b.G - a.G) * t, a.B + (b.B - a.B) * t);
    }

    /// <summary>How much of the colour covers the image: none where the raters agree, most from a third of the scale on.</summary>
    public static float Cover(float share) => Math.Clamp(share * 3, 0, 1) * 0.8f;
}
