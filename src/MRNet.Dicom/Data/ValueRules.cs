using System.Buffers;
using System.Globalization;

namespace MRNet.Dicom;

/// <summary>What may be written, PS3.5 table 6.2-1. Applied to values a caller gives, not to what was read from a file: that goes on as it came.</summary>
internal static class ValueRules
{
    private static readonly SearchValues<char> CodeCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _");
    private static readonly SearchValues<char> DateTimeCharacters = SearchValues.Create("0123456789+-. ");

    /// <summary>What a decimal string may hold: no comma, no hexadecimal, no NaN.</summary>
    internal static readonly SearchValues<char> DecimalCharacters = SearchValues.Create("0123456789+-.eE ");

    public static void Check(DicomTag tag, DicomVR vr, string value)
    {
        if (vr == DicomVR.PN)
        {
            if (value.Split('=') is var groups && (groups.Length > 3 || groups.Any(group => group.Length > vr.MaximumLength)))
                throw Refused(tag, vr, $"has {groups.Length} component groups, the longest of {groups.Max(g => g.Length)} characters", "at most 3 of 64");
        }
        else if (value.Length > vr.MaximumLength)
        {
            throw Refused(tag, vr, $"has {value.Length} characters", $"at most {vr.MaximumLength}");
        }

        if (value.Contains('\\') && !vr.IsSingleText)
            throw Refused(tag, vr, "holds a backslash", "none inside one value");
        if (value.Length > 0 && Problem(vr, value) is { } wanted)
            throw Refused(tag, vr, $"of {value.Length} characters is not in its form", wanted);
    }

    /// <summary>A number as DS, in at most 16 characters; the shortest that reads back equal if it fits, else the nearest that fits.</summary>
    public static string Decimal(DicomTag tag, double value)
    {
        if (!double.IsFinite(value))
            throw Refused(tag, DicomVR.DS, "is not finite", "a number");
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        for (var digits = 16; text.Length > DicomVR.DS.MaximumLength; digits--)
            text = value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return text;
    }

    private static string? Problem(DicomVR vr, string value) => vr.Code switch
    {
        "CS" => value.AsSpan().ContainsAnyExcept(CodeCharacters) ? "A-Z, 0-9, blank and underscore" : null,
        "UI" => DicomUID.IsValid(value) ? null : "digits and single dots, no leading zeros",
        "DS" => !value.AsSpan().ContainsAnyExcept(DecimalCharacters) && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? null : "a decimal number with a point",
        "IS" => int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) ? null : "an integer of 32 bits",
        "DA" => value.Length == 8 && IsDigits(value) && IsDate(value) ? null : "YYYYMMDD",
        "TM" => IsTime(value) ? null : "HHMMSS.FFFFFF or a shorter form",
        "DT" => value.Length >= 4 && IsDigits(value[..4]) && !value.AsSpan().ContainsAnyExcept(DateTimeCharacters) ? null : "YYYYMMDDHHMMSS.FFFFFF&ZZXX or a shorter form",
        "AS" => value.Length == 4 && IsDigits(value[..3]) && "DWMY".Contains(value[3], StringComparison.Ordinal) ? null : "three digits and D, W, M or Y",
        "AE" => value.Any(char.IsControl) || string.IsNullOrWhiteSpace(value) ? "printable characters" : null,
        "LT" or "ST" or "UT" => value.Any(c => char.IsControl(c) && c is not ('\r' or '\n' or '\f' or '\t' or '\x1b')) ? "no control characters but CR, LF, FF, TAB" : null,
        "LO" or "SH" or "PN" or "UC" => value.Any(char.IsControl) ? "no control characters" : null,
        "UR" => value.Any(c => c <= ' ') ? "no blanks or controls" : null,
        _ => null,
    };

    private static bool IsDigits(string value) => !value.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static bool IsDate(string value) =>
        DateOnly.TryParseExact(value, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsTime(string value)
    {
        var parts = value.TrimEnd(' ').Split('.');
        var whole = parts[0];
        if (whole.Length is not (2 or 4 or 6) || !IsDigits(whole) || parts.Length > 2)
            return false;
        if (parts.Length == 2 && (whole.Length != 6 || parts[1].Length is 0 or > 6 || !IsDigits(parts[1])))
            return false;
        int Two(int at) => whole.Length > at ? int.Parse(whole.AsSpan(at, 2), CultureInfo.InvariantCulture) : 0;
        return Two(0) < 24 && Two(2) < 60 && Two(4) <= 60;
    }

    internal static DicomValueException Refused(DicomTag tag, DicomVR vr, string found, string wanted) =>
        new($"{tag.Named()} {vr} {found}; wanted {wanted}.");
}
