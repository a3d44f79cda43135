using static System.FormattableString;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>Soft Dice of every case in ascending order, as SVG; a dot says how well two raters of the same case agree.</summary>
internal static class CaseChart
{
    private const int Width = 1000, Height = 190, Left = 34, Top = 8;

    public static string Svg(TaskScores scores)
    {
        CaseScores[] cases = [.. scores.Cases.OrderBy(one => one.SoftDice.Dice).ThenBy(one => one.Name, StringComparer.Ordinal)];
        var step = (double)(Width - Left) / cases.Length;
        return $"""
            <svg viewBox="0 0 {Width} {Height + Top + 20}" role="img" aria-label="Soft Dice of every case">
            {Html.Join(Enumerable.Range(0, 6).Select(i => Tick(i / 5.0)))}{Html.Join(cases.Select((one, i) => Bar(one, Left + i * step, step)))}
            <text x="{Left}" y="{Height + Top + 16}">worst</text><text x="{Width}" y="{Height + Top + 16}" text-anchor="end">best</text>
            </svg>
            """;
    }

    private static string Tick(double at) => Invariant(
        $"<line class=\"axis\" x1=\"{Left}\" y1=\"{Y(at):0.#}\" x2=\"{Width}\" y2=\"{Y(at):0.#}\"/><text x=\"{Left - 6}\" y=\"{Y(at) + 4:0.#}\" text-anchor=\"end\">{at:0.0}</text>\n");

    private static string Bar(CaseScores one, double x, double step)
    {
        var width = Math.Min(40, Math.Max(0.6, step * 0.8));
        var dot = one.Agreement.MeanDice is { } agreement
            ? Invariant($"<circle class=\"raters\" cx=\"{x + step / 2:0.#}\" cy=\"{Y(agreement):0.#}\" r=\"{Math.Clamp(step / 4, 1.1, 4):0.#}\"/>")
            : "";
        return Invariant($"""
            <g><title>{Html.Text(one.Name)}: {Numbers.Short(one.SoftDice.Dice)}, raters among themselves {Numbers.Short(one.Agreement.MeanDice)}</title>
            <rect class="bar" x="{x + (step - width) / 2:0.#}" y="{Y(one.SoftDice.Dice):0.#}" width="{width:0.##}" height="{one.SoftDice.Dice * Height:0.#}"/>{dot}</g>

            """);
    }

    private static double Y(double at) => Top + (1 - at) * Height;
}
