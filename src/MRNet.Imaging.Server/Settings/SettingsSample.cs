using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Settings;

/// <summary>All settings with their meaning and their values, as a file that <c>--config</c> takes.</summary>
public static class SettingsSample
{
    private const string Head = $$"""
        // All settings of 'mrnet serve --config FILE', with what they mean and their values; leave out what stays as it is.
        // The environment goes before this file ({{SettingsSource.Prefix}}Jobs__QueueLimit=50), the command line before both.
        // Times are [days.]hours:minutes:seconds, sizes are bytes. Secrets are in files of their own, which are named here.
        // Relative paths begin where mrnet was started.

        """;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="options">Whose values are written; the defaults where they are as made.</param>
    public static string Write(ServerOptions options)
    {
        var text = new StringBuilder(Head);
        Write(text, Setting.All, options, new SettingMeanings(), "");
        return text.Append('\n').ToString().ReplaceLineEndings("\n");
    }

    private static void Write(StringBuilder text, Setting section, object options, SettingMeanings meanings, string indent)
    {
        text.Append("{\n");
        var (inner, comma) = (indent + "  ", "");
        foreach (var part in section.Parts)
        {
            var (setting, value) = (Setting.Of(part), part.GetValue(options));
            text.Append(comma);
            foreach (var line in Comments(setting, meanings.Of(part), meanings))
                text.Append(inner).Append("// ").Append(line).Append('\n');
            text.Append(inner).Append('"').Append(part.Name).Append("\": ");
            if (setting.IsSection)
                Write(text, setting, value!, meanings, inner);
            else
                text.Append(Value(value));
            comma = ",\n\n";
        }

        text.Append('\n').Append(indent).Append('}');
    }

    private static IEnumerable<string> Comments(Setting setting, string meaning, SettingMeanings meanings)
    {
        if ($"{meaning}{(setting.Bounds.Length > 0 ? $" ({setting.Bounds})" : "")}" is { Length: > 0 } line)
            yield return line;
        if ((setting.IsList || setting.IsNamed) && setting.Item.IsSection)
            foreach (var part in setting.Item.Parts)
                yield return $"- {part.Name}: {meanings.Of(part)}";
    }

    private static string Value(object? value) => value is TimeSpan time ? $"\"{time.ToString("c", CultureInfo.InvariantCulture)}\""
        : value is Enum named ? $"\"{named}\""
        : JsonSerializer.Serialize(value, Json);
}
