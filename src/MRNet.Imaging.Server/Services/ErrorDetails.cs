using System.Text.RegularExpressions;
using Google.Rpc;

namespace MRNet.Imaging.Server.Services;

/// <summary>
/// What a client may show beside its own fields: field, found and wanted, out of the sentence of a refusal. Ours are all
/// built alike, "FIELD is FOUND; expected WANTED.", and the sentence is what a job keeps of its failure.
/// </summary>
internal static partial class ErrorDetails
{
    private static readonly string[] Parts = ["field", "found", "wanted"];

    public static void Add(ErrorInfo info, string sentence)
    {
        if (Sentence().Match(sentence) is { Success: true } match)
            foreach (var part in Parts)
                info.Metadata[part] = match.Groups[part].Value;
    }

    [GeneratedRegex(@"^(?:The )?(?<field>[\w.]+(?: \d+)?) (?:is|has|holds|names|leads) (?<found>.+?); expected (?<wanted>.+?)\.?$")]
    private static partial Regex Sentence();
}
