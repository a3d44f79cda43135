using System.Globalization;

namespace MRNet.Imaging.Evaluation.Reports;

/// <summary>Numbers as they stand in reports: the point is a point everywhere.</summary>
internal static class Numbers
{
    /// <summary>Six figures after the point at most; empty for nothing.</summary>
    public static string Exact(double? value) => value?.ToString("0.######", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Three figures after the point, more for a small number; a dash for nothing.</summary>
    public static string Short(double? value) => value is not { } number ? "–" : number.ToString(Format(Math.Abs(number)), CultureInfo.InvariantCulture);

    public static double? Rounded(double? value) => value is { } number ? Math.Round(number, 6) : null;

    private static string Format(double size) => size switch
    {
        0 => "0.000",
        < 0.01 => "0.00000",
        < 0.1 => "0.0000",
        < 100 => "0.000",
        _ => "0",
    };
}
