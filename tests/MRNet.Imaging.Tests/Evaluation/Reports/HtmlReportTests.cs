using System.Text.RegularExpressions;
using MRNet.Imaging.Evaluation.Reports;

namespace MRNet.Imaging.Tests.Evaluation.Reports;

public partial class HtmlReportTests
{
    private static readonly EvaluationReport Report = SomeReport.Of();

    private static readonly string Page = HtmlReport.Of(Report with
    {
        Tasks =
        [
            Report.Tasks[0] with
            {
                Temperature = new(1.7, new(0.123, 0.1, 0.15, 3), Report.Tasks[0].Scores.Bins),
                Worst = [new("case22", "soft Dice 0.4", [1, 2, 3])],
            },
        ],
        CupToDisc = [new("case21", new(new(0.5, 0.25, null, null), [new(0.4, 0.2, null, null), null, new(0.6, 0.3, null, null)]))],
    });

    [Fact]
    public void Needs_nothing_but_itself()
    {
        Assert.DoesNotContain("http", Page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", Page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", Page, StringComparison.Ordinal);
        Assert.All(Sources().Matches(Page), match => Assert.StartsWith("data:image/png;base64,", match.Groups[1].Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_mean_themselves_whatever_stands_in_them()
    {
        Assert.Contains("seg, &quot;two&quot;", Page, StringComparison.Ordinal);
        Assert.Contains("&lt;not&gt; a number", Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_element_is_closed()
    {
        var open = new Stack<string>();
        foreach (Match tag in Tags().Matches(Page))
            if (tag.Groups[1].Value.Length == 0)
                open.Push(tag.Groups[2].Value);
            else
                Assert.Equal(open.Pop(), tag.Groups[2].Value);
        Assert.Empty(open);
    }

    [Fact]
    public void Says_the_means_with_their_intervals_the_failures_and_what_temperature_did()
    {
        foreach (var piece in new[] { Numbers.Short(Report.Tasks[0].Scores.SoftDice.Mean), "case99", "temperature 1.700", "without: ECE 0.123", "1 case was not scored", "0.400 – 0.600", "AQID" })
            Assert.Contains(piece, Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_how_it_was_counted()
    {
        var page = HtmlReport.Of(SomeReport.Of(new() { SoftDice = new() { Levels = [0.25m], LevelIsInside = false, BothEmpty = 0 }, Weights = [0.5f, 0.25f, 0.25f] }));

        foreach (var piece in new[] { "cut at 0.25 ", "is outside", "Both empty counts 0.", "seg03 0.250" })
            Assert.Contains(piece, page, StringComparison.Ordinal);
    }

    [GeneratedRegex("src=\"([^\"]*)\"")]
    private static partial Regex Sources();

    [GeneratedRegex(@"<(/?)(html|head|body|main|title|style|section|div|table|thead|tbody|tr|th|td|p|h[1-3]|span|b|i|svg|g|text|title|figure|figcaption|details|summary|footer)\b[^>]*?(?<!/)>")]
    private static partial Regex Tags();
}
