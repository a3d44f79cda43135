using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Tests.Observability;

/// <summary>The dashboard and the alert rules of deploy/ ask for what the server measures: a name that is nobody's would show nothing, and alert nobody.</summary>
public sealed partial class DashboardTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("grafana-dashboard.json"), InlineData("prometheus-alerts.yml")]
    public async Task Every_metric_it_names_is_measured(string file)
    {
        await server.Client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask } }); // its parts are at work
        var measured = Measured();
        var named = Expression().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", file)))
            .SelectMany(expression => Metric().Matches(Labels().Replace(expression.Groups[1].Value, " "))).Select(match => match.Value).ToHashSet();

        Assert.True(named.Count > 5, "The expressions were not found.");
        Assert.DoesNotContain(named, name => name != "up" && !measured.Contains(name));
    }

    /// <summary>As Prometheus names them: dots are underscores, the unit and what kind of series it is stand behind.</summary>
    private static HashSet<string> Measured()
    {
        var names = new HashSet<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == ServerMetrics.MeterName)
                names.UnionWith(NamesOf(instrument));
        };
        listener.Start();
        return names;
    }

    private static string[] NamesOf(Instrument instrument)
    {
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        var name = instrument.Name.Replace('.', '_');
        name += name.EndsWith(unit, StringComparison.Ordinal) ? "" : unit;
        var kind = instrument.GetType().Name;
        return kind.StartsWith("Histogram", StringComparison.Ordinal) ? [name + "_bucket", name + "_sum", name + "_count"] : [kind.Contains("Counter", StringComparison.Ordinal) ? name + "_total" : name];
    }

    [GeneratedRegex("^ *\"?expr\"?: *\"?(.+?)\"?,?$", RegexOptions.Multiline)]
    private static partial Regex Expression();

    /// <summary>What stands in braces and brackets, and behind "by".</summary>
    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|\bby *\([^)]*\)")]
    private static partial Regex Labels();

    /// <summary>A word that is neither a function nor an operator.</summary>
    [GeneratedRegex(@"\b(?!(?:and|or|unless)\b)[a-z][a-z_]+\b(?! *\()")]
    private static partial Regex Metric();
}
