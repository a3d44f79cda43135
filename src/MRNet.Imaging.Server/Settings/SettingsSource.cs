using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace MRNet.Imaging.Server.Settings;

/// <summary>A place that settings come from.</summary>
/// <param name="Values">By key, such as <c>Jobs:QueueLimit</c>, <c>Origins:0</c>, <c>Roots:scans</c>.</param>
/// <param name="NameOf">What a key is called there; for messages.</param>
public sealed record SettingsSource(IReadOnlyDictionary<string, string?> Values, Func<string, string> NameOf)
{
    /// <summary>What the names of environment variables begin with: <c>MRNET__Jobs__QueueLimit</c>.</summary>
    public const string Prefix = "MRNET__";

    /// <summary>A JSON file; comments and commas too many are allowed.</summary>
    /// <exception cref="WrongSettingException">There is no such file, or it is not JSON.</exception>
    public static SettingsSource File(string path)
    {
        try
        {
            using var stream = System.IO.File.OpenRead(path);
            return new(Pairs(new ConfigurationBuilder().AddJsonStream(stream)), key => $"{key} in {Path.GetFileName(path)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WrongSettingException($"The settings {path} cannot be read: {error.Message}", error);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            var line = error is JsonException json ? $" line {json.LineNumber + 1}" : "";
            throw new WrongSettingException($"{Path.GetFileName(path)}{line} is no JSON object with each key once: {error.Message.Split(" LineNumber:")[0]}", error);
        }
    }

    /// <summary>The environment's variables that begin with <see cref="Prefix"/>.</summary>
    public static SettingsSource Environment() =>
        new(Pairs(new ConfigurationBuilder().AddEnvironmentVariables(Prefix)), key => Prefix + key.Replace(":", "__", StringComparison.Ordinal));

    private static Dictionary<string, string?> Pairs(IConfigurationBuilder builder) => builder.Build().AsEnumerable().ToDictionary(StringComparer.OrdinalIgnoreCase);
}
