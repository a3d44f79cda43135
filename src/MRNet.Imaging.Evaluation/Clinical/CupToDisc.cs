namespace MRNet.Imaging.Evaluation;

/// <summary>
/// The cup-to-disc ratio of an optic disc. Ratios do not depend on the size of a pixel; the heights do and are null without one.
/// </summary>
/// <param name="Vertical">Height of the cup / height of the disc; null without a disc.</param>
/// <param name="Area">Area of the cup / area of the disc; null without a disc.</param>
public sealed record CupToDisc(double? Vertical, double? Area, double? CupHeightMm, double? DiscHeightMm)
{
    /// <param name="cup">(H, W), 0 outside and anything else inside.</param>
    /// <param name="disc">(H, W): the whole disc. A cup that reaches beyond it belongs to it, and a disc drawn as a rim alone is filled by its cup.</param>
    /// <param name="rowMm">Distance between rows in mm; null for a photograph without scale.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit.</exception>
    public static CupToDisc Of(ReadOnlySpan<byte> cup, ReadOnlySpan<byte> disc, int columns, double? rowMm = null)
    {
        if (cup.Length != disc.Length || columns < 1 || disc.Length % columns != 0)
            throw new ArgumentException($"The cup has {cup.Length} pixels, the disc {disc.Length}; expected as many, in rows of {columns}.", nameof(disc));

        var whole = new byte[disc.Length];
        for (var i = 0; i < whole.Length; i++)
            whole[i] = (byte)(cup[i] | disc[i]);

        var (inner, outer) = (Extent(cup, columns), Extent(whole, columns));
        return outer.Pixels == 0
            ? new(null, null, null, null)
            : new((double)inner.Rows / outer.Rows, (double)inner.Pixels / outer.Pixels, inner.Rows * rowMm, outer.Rows * rowMm);
    }

    /// <summary>Rows from the first to the last that has a pixel, and pixels.</summary>
    private static (int Rows, long Pixels) Extent(ReadOnlySpan<byte> mask, int columns)
    {
        var (first, last) = (mask.IndexOfAnyExcept((byte)0) / columns, mask.LastIndexOfAnyExcept((byte)0) / columns);
        var pixels = mask.Length - mask.Count((byte)0);
        return (pixels == 0 ? 0 : last - first + 1, pixels);
    }
}

/// <summary>The ratio of a prediction beside those of the raters.</summary>
/// <param name="Raters">One for each rater; null where he did not grade both.</param>
public sealed record CupToDiscRange(CupToDisc Predicted, IReadOnlyList<CupToDisc?> Raters)
{
    /// <summary>Smallest and largest vertical ratio of the raters; null where none has one.</summary>
    public (double Least, double Most)? Vertical => Range(rater => rater?.Vertical);

    public (double Least, double Most)? Area => Range(rater => rater?.Area);

    /// <param name="raterCups">One for each rater, null where he did not grade; likewise the discs.</param>
    public static CupToDiscRange Of(
        byte[] cup, byte[] disc, IReadOnlyList<byte[]?> raterCups, IReadOnlyList<byte[]?> raterDiscs, int columns, double? rowMm = null) => new(
        CupToDisc.Of(cup, disc, columns, rowMm),
        [.. raterCups.Zip(raterDiscs, (c, d) => c is null || d is null ? null : CupToDisc.Of(c, d, columns, rowMm))]);

    private (double, double)? Range(Func<CupToDisc?, double?> of) =>
        Raters.Min(of) is { } least && Raters.Max(of) is { } most ? (least, most) : null;
}
