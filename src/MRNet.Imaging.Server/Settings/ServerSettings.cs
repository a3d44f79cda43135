using Microsoft.Extensions.Configuration;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Settings;

/// <summary>The server's settings out of a file, the environment and the command line.</summary>
public static class ServerSettings
{
    /// <param name="sources">The later go before the earlier: setting by setting, a list as a whole.</param>
    /// <exception cref="WrongSettingException">A key that is not known, or a value that may not stand there.</exception>
    public static ServerOptions Read(params IReadOnlyList<SettingsSource> sources)
    {
        var all = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var source in sources)
        {
            var given = source.Values.Where(pair => IsValue(source, pair.Key, pair.Value)).ToArray();
            foreach (var list in given.Select(pair => ListOf(pair.Key)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToArray())
                foreach (var earlier in all.Keys.Where(key => key.StartsWith(list, StringComparison.OrdinalIgnoreCase)).ToArray())
                    all.Remove(earlier);
            foreach (var (key, value) in given)
                all[key] = value;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(all).Build().Get<ServerOptions>() ?? new();
    }

    /// <returns>false: nothing is set by it, for it is null, or says of a section that there is one.</returns>
    /// <exception cref="WrongSettingException">The key, what was found, what is wanted.</exception>
    private static bool IsValue(SettingsSource source, string key, string? value)
    {
        if (Setting.Find(key) is not { } setting)
            throw Unknown(source, key);
        if (value is null || (value.Length == 0 && (setting.IsSection || setting.IsList || setting.IsNamed)))
            return false;
        return setting.Accepts(value) ? true : throw new WrongSettingException($"{source.NameOf(key)} is '{value}'; expected {setting.Expected}.");
    }

    /// <summary>The part of the key that names a list, with its colon; null: none does.</summary>
    private static string? ListOf(string key)
    {
        var parts = key.Split(':');
        return Enumerable.Range(1, parts.Length - 1).Select(count => string.Join(':', parts[..count])).FirstOrDefault(start => Setting.Find(start)!.IsList) is { } list ? list + ":" : null;
    }

    /// <summary>Says of the first part of the key that is not known what it may have been.</summary>
    private static WrongSettingException Unknown(SettingsSource source, string key)
    {
        var parts = key.Split(':');
        var known = Enumerable.Range(1, parts.Length).TakeWhile(count => Setting.Find(string.Join(':', parts[..count])) is not null).Count();
        var above = string.Join(':', parts[..known]);
        var setting = known == 0 ? Setting.All : Setting.Find(above)!;
        if (!setting.IsSection)
            return new($"{source.NameOf(above)} is an object or a list; expected {setting.Expected}.");
        var meant = string.Join(':', [.. parts[..known], Spelling.Nearest(parts[known], setting.Parts.Select(part => part.Name))]);
        return new($"{source.NameOf(string.Join(':', parts[..(known + 1)]))} is no setting; did you mean {meant}? 'mrnet serve --print-config' lists them all.");
    }
}
