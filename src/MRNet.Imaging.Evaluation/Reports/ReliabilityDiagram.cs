using static System.FormattableString;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>What was said against what raters mark, as SVG; under it how many voxels each bin has, in powers of ten.</summary>
internal static class ReliabilityDiagram
{
    private const int Side = 300, Left = 44, Top = 10, BarsTop = Top + Side + 34, BarsHeight = 64;

    /// <param name="before">The same without temperature; null where there is none.</param>
    public static string Svg(IReadOnlyList<CalibrationBin> bins, IReadOnlyList<CalibrationBin>? before) => $"""
        <svg viewBox="0 0 {Left + Side + 16} {BarsTop + BarsHeight + 34}" role="img" aria-label="Reliability diagram" style="max-width:440px">
        {Html.Join(Enumerable.Range(0, 6).Select(i => Tick(i / 5.0)))}
        <rect class="axis" x="{Left}" y="{Top}" width="{Side}" height="{Side}"/>
        <line class="ideal" x1="{Left}" y1="{Top + Side}" x2="{Left + Side}" y2="{Top}"/>
        {(before is null ? "" : Curve(before, "before"))}{Curve(bins, "after")}
        <text transform="translate(11 {Top + Side / 2}) rotate(-90)" text-anchor="middle">share of raters</text>
        <text x="{Left + Side / 2}" y="{Top + Side + 29}" text-anchor="middle">probability</text>
        {Counts(bins)}
        </svg>
        """;

    private static string Tick(double at) => Invariant($"""
        <line class="axis" x1="{X(at):0.#}" y1="{Top}" x2="{X(at):0.#}" y2="{Top + Side}"/><line class="axis" x1="{Left}" y1="{Y(at):0.#}" x2="{Left + Side}" y2="{Y(at):0.#}"/>
        <text x="{X(at):0.#}" y="{Top + Side + 14}" text-anchor="middle">{at:0.0}</text><text x="{Left - 6}" y="{Y(at) + 4:0.#}" text-anchor="end">{at:0.0}</text>
        """);

    private static string Curve(IReadOnlyList<CalibrationBin> bins, string kind)
    {
        CalibrationBin[] filled = [.. bins.Where(bin => bin.Count > 0)];
        var line = string.Join(' ', filled.Select(bin => Invariant($"{X(bin.MeanProbability):0.#},{Y(bin.MeanShare):0.#}")));
        return $"<polyline class=\"{kind}\" points=\"{line}\"/>" + Html.Join(filled.Select(bin => Invariant(
            $"<circle class=\"{kind}\" cx=\"{X(bin.MeanProbability):0.#}\" cy=\"{Y(bin.MeanShare):0.#}\" r=\"3.4\"><title>said {bin.MeanProbability:0.000}, raters {bin.MeanShare:0.000}, {bin.Count} voxels</title></circle>")));
    }

    private static string Counts(IReadOnlyList<CalibrationBin> bins)
    {
        var most = Math.Max(1, Math.Ceiling(Math.Log10(bins.Max(bin => bin.Count) + 1)));
        var width = (double)Side / bins.Count;
        var bars = bins.Select((bin, i) => Bar(bin.Count, Left + i * width, width - 1.5, BarsHeight * Math.Log10(bin.Count + 1) / most));
        return Invariant($"""
            {Html.Join(bars)}<line class="axis" x1="{Left}" y1="{BarsTop + BarsHeight}" x2="{Left + Side}" y2="{BarsTop + BarsHeight}"/>
            <text x="{Left - 6}" y="{BarsTop + 9}" text-anchor="end">1e{most:0}</text><text x="{Left - 6}" y="{BarsTop + BarsHeight}" text-anchor="end">0</text>
            <text x="{Left + Side / 2}" y="{BarsTop + BarsHeight + 16}" text-anchor="middle">voxels in each bin (logarithmic)</text>
            """);
    }

    private static string Bar(long count, double x, double width, double height) => Invariant(
        $"<rect class=\"bar\" x=\"{x:0.#}\" y=\"{BarsTop + BarsHeight - height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\"><title>{count} voxels</title></rect>");

    private static double X(double at) => Left + at * Side;

    private static double Y(double at) => Top + (1 - at) * Side;
}
