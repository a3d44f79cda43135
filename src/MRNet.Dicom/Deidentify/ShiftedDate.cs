using System.Globalization;

namespace MRNet.Dicom;

/// <summary>Dates moved back by days; times of day stay.</summary>
internal static class ShiftedDate
{
    private const int DateLength = 8;

    /// <param name="text">DA or DT, several with backslashes. What is not a date becomes empty.</param>
    public static string Back(string text, int days) => string.Join('\\', text.Split('\\').Select(value => One(value.Trim(' ', '\0'), days)));

    private static string One(string value, int days) =>
        value.Length >= DateLength && DateTime.TryParseExact(value[..DateLength], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date > DateTime.MinValue.AddDays(days)
            ? date.AddDays(-days).ToString("yyyyMMdd", CultureInfo.InvariantCulture) + value[DateLength..]
            : "";
}
