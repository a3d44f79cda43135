using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MRNet.Imaging.Server.Settings;

/// <summary>What the settings mean, as the summaries of the options' classes say: the compiler leaves them in a file beside the program.</summary>
internal sealed partial class SettingMeanings
{
    private readonly Dictionary<string, XElement> members;

    public SettingMeanings()
    {
        var file = Path.ChangeExtension(Path.Combine(AppContext.BaseDirectory, typeof(SettingMeanings).Assembly.GetName().Name + ".dll"), ".xml");
        members = File.Exists(file)
            ? XDocument.Load(file).Descendants("member").ToDictionary(member => (string)member.Attribute("name")!)
            : [];
    }

    /// <returns>Sentences on one line; empty: nothing is said.</returns>
    public string Of(PropertyInfo setting) => Text(
        Find("P", setting.DeclaringType + "." + setting.Name)?.Element("summary")
        ?? Find("T", $"{setting.DeclaringType}")?.Elements("param").FirstOrDefault(param => (string?)param.Attribute("name") == setting.Name)
        ?? Find("T", $"{setting.PropertyType}")?.Element("summary"));

    private XElement? Find(string kind, string name) => members.GetValueOrDefault($"{kind}:{name}");

    private static string Text(XElement? summary) => summary is null ? "" : Space().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim();

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } cref => cref.Value[(cref.Value.LastIndexOf('.') + 1)..],
        XElement element => element.Value,
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
