using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Services;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Receiving;

/// <summary>Reads the routes file and refuses what would fail only when a series comes.</summary>
internal static class RoutesFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <exception cref="WrongSettingException">The file, its field, what was found and what is wanted.</exception>
    public static Routes Read(string path, ModelShelf models, ArchiveList archives)
    {
        var routes = Parse(path);
        try
        {
            Check(routes, models, archives);
            return routes;
        }
        catch (WrongSettingException error)
        {
            throw new WrongSettingException($"{Path.GetFileName(path)}: {error.Message}", error);
        }
    }

    private static Routes Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Routes>(File.ReadAllBytes(path), Json) ?? throw new WrongSettingException($"{Path.GetFileName(path)} is null; expected an object with rules.");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new WrongSettingException($"{Path.GetFileName(path)} cannot be read: {error.Message} deploy/routes.json is an example.", error);
        }
    }

    private static void Check(Routes routes, ModelShelf models, ArchiveList archives)
    {
        CheckTitle("aeTitle", routes.AeTitle);
        foreach (var caller in routes.Callers ?? [])
            CheckCaller(caller);
        if (!(routes.QuietSeconds is >= 1 and <= 3600))
            throw Wrong("quietSeconds", routes.QuietSeconds, "1 to 3600");
        if (!(routes.KeepUnmatchedHours is >= 0 and <= 8760))
            throw Wrong("keepUnmatchedHours", routes.KeepUnmatchedHours, "0 to 8760");
        if (routes.Rules.Count == 0)
            throw new WrongSettingException("rules is empty; expected at least one.");
        for (var i = 0; i < routes.Rules.Count; i++)
            Check($"rules[{i}]", routes.Rules[i], models, archives);
    }

    private static void Check(string at, Rule rule, ModelShelf models, ArchiveList archives)
    {
        CheckPattern($"{at}.description", rule.Description);
        foreach (var (field, title) in new[] { ($"{at}.calledAe", rule.CalledAe), ($"{at}.callingAe", rule.CallingAe) })
            if (title is not null)
                CheckTitle(field, title);
        if (models.List().Select(model => model.Descriptor).FirstOrDefault(model => model.Id == rule.Model) is not { } descriptor)
            throw Wrong($"{at}.model", rule.Model, $"one of {string.Join(", ", models.List().Select(model => model.Descriptor.Id))}");
        if (!descriptor.Modalities.Contains(rule.Modality))
            throw Wrong($"{at}.modality", rule.Modality, $"one that the model is for: {string.Join(", ", descriptor.Modalities)}");
        if (rule.Send.Count == 0)
            throw new WrongSettingException($"{at}.send is empty; expected names of archives.");
        foreach (var name in rule.Send.Where(name => !archives.Names.Contains(name)))
            throw Wrong($"{at}.send", name, archives.Names.Any() ? $"one of {string.Join(", ", archives.Names)}" : "an archive named with --pacs, of which there is none");
        try
        {
            Requests.Check(RuleRequest.Of(rule), descriptor);
        }
        catch (ImagingException error)
        {
            throw new WrongSettingException($"{at}: {error.Message}", error);
        }
    }

    private static void CheckTitle(string field, string title)
    {
        if (!DicomPeer.IsAeTitle(title))
            throw Wrong(field, title, "1 to 16 printable characters without backslash");
    }

    private static void CheckCaller(string caller)
    {
        try
        {
            CallerRule.Parse(caller);
        }
        catch (FormatException error)
        {
            throw new WrongSettingException($"callers: {error.Message}", error);
        }
    }

    private static void CheckPattern(string field, string? pattern)
    {
        try
        {
            if (pattern is not null)
                _ = new Regex(pattern, RegexOptions.NonBacktracking);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new WrongSettingException($"{field} is no regular expression: {error.Message}", error);
        }
    }

    private static WrongSettingException Wrong(string field, object found, string wanted) => new(FormattableString.Invariant($"{field} is '{found}'; expected {wanted}."));
}
