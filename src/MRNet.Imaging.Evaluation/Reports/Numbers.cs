using System.Globalization;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>Numbers as they stand in reports: the point is a point everywhere.</summary>
internal static class Numbers
{
    /// <summary>Six figures after the point at most; empty for nothing.</summary>
    public static string Exact(double? value) => value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Three figures after the point, more for a small number; a dash for nothing.</summary>
    public static string Short(double? value) => value is not { } number
        ? "–"
        : number.ToString(Math.Abs(number) is > 0 and < 0.01 ? "0.00000" : Math.Abs(number) >= 100 ? "0" : "0.000", CultureInfo.InvariantCulture);

    public static double? Rounded(double? value) => value is { } number ? Math.Round(number, 6) : null;
}
