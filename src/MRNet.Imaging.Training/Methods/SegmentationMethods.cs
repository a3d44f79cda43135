using System.Globalization;
using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training.Methods;

/// <summary>The methods of the paper's tables by their names on the command line.</summary>
public static class SegmentationMethods
{
    /// <param name="raters">R: there is an m1..mR.</param>
    public static IReadOnlyList<string> Names(int raters) =>
    [
        "mrnet", "mrnet-published",
        .. Enumerable.Range(1, raters).Select(k => $"m{k}"),
        "mv-unet", "ls-unet", "mh-unet", "fcn", "mc-dropout",
    ];

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="network">Of MRNet; the baselines take raters, structures, channels, width and encoder from it, and are plain U-Nets.</param>
    /// <param name="loss">Of MRNet.</param>
    /// <exception cref="InvalidImageException">There is no such method.</exception>
    public static ISegmentationMethod Create(string name, NetworkOptions network, LossOptions? loss = null)
    {
        network.Checked();
        var plain = network with { Expertise = ExpertiseUse.None };
        return name switch
        {
            "mrnet" => new MultiRaterMethod(new MultiRaterNetwork(network), loss ?? new()),
            "mrnet-published" => new PublishedMethod(new MultiRaterNetwork(network)),
            "mv-unet" => new SingleMapMethod(new PlainUNet(plain), SoftTarget.MajorityVote),
            "ls-unet" => new SingleMapMethod(new PlainUNet(plain), SoftTarget.OfAnyRater),
            "mh-unet" => new MultiHead(plain),
            "fcn" => new SingleMapMethod(new FullyConvolutionalNetwork(plain), SoftTarget.MajorityVote),
            "mc-dropout" => new MonteCarloDropout(plain),
            _ when RaterOf(name, network.Raters) is { } rater => new SingleMapMethod(new PlainUNet(plain), batch => SoftTarget.OfRater(batch, rater)),
            _ => throw new InvalidImageException($"There is no method '{name}'; expected one of {string.Join(", ", Names(network.Raters))}."),
        };
    }

    /// <returns>From 0; null where the name is not m1..mR.</returns>
    private static int? RaterOf(string name, int raters) =>
        name.StartsWith('m') && int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= raters ? number - 1 : null;
}
