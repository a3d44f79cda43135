using System.Globalization;
using static System.FormattableString;

namespace MRNet.Imaging.DataSets;

/// <summary>How a simulated rater draws, in shares of the radius a circle of the structure's area would have on that slice.</summary>
/// <param name="Inwards">The contour is drawn so far inside the grader's; negative: outside.</param>
/// <param name="Right">And so far to the right (along a row).</param>
/// <param name="Down">And so far down (along a column).</param>
public sealed record RaterStyle(double Inwards = 0, double Right = 0, double Down = 0)
{
    private const double Most = 0.8;

    /// <summary>"simulated-as-is", "simulated-tighter-0.1", "simulated-shifted-0.12-0": no one takes it for a person.</summary>
    public string Name => "simulated-" + this switch
    {
        { Right: not 0 } or { Down: not 0 } => Invariant($"shifted-{Right:0.###}-{Down:0.###}"),
        { Inwards: > 0 } => Invariant($"tighter-{Inwards:0.###}"),
        { Inwards: < 0 } => Invariant($"looser-{-Inwards:0.###}"),
        _ => "as-is",
    };

    /// <summary>Reads "as-is", "tighter:0.1", "looser:0.12" and "shifted:0.12,0", with semicolons between.</summary>
    /// <exception cref="InvalidImageException">Something else, or two raters of one style.</exception>
    public static IReadOnlyList<RaterStyle> ParseAll(string text)
    {
        RaterStyle[] styles = [.. text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
        if (styles.Length == 0 || styles.Distinct().Count() < styles.Length)
            throw new InvalidImageException($"The styles are '{text}'; expected at least one, and each once.");
        return styles;
    }

    private static RaterStyle Parse(string text)
    {
        var (kind, numbers) = text.Split(':') switch
        {
            [var only] => (only, []),
            [var name, var rest] => (name, rest.Split(',').Select(part => Number(part, text)).ToArray()),
            _ => ("", Array.Empty<double>()),
        };
        return (kind, numbers) switch
        {
            ("as-is", []) => new(),
            ("tighter", [> 0 and var share]) => new(share),
            ("looser", [> 0 and var share]) => new(-share),
            ("shifted", [var right, var down]) when (right, down) != (0, 0) => new(0, right, down),
            _ => throw Odd(text),
        };
    }

    private static double Number(string part, string text) =>
        double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) <= Most ? number : throw Odd(text);

    private static InvalidImageException Odd(string text) =>
        new(Invariant($"The style is '{text}'; expected as-is, tighter:N, looser:N or shifted:X,Y with shares of the radius up to {Most}."));
}
