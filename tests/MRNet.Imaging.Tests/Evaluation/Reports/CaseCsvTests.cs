using MRNet.Imaging.Evaluation.Reports;

namespace MRNet.Imaging.Tests.Evaluation.Reports;

public class CaseCsvTests
{
    [Fact]
    public void Three_cases_and_a_failure() => Golden.Verify(CaseCsv.Of(SomeReport.Of()).ReplaceLineEndings("\n"));

    [Fact]
    public void Every_line_has_as_many_fields()
    {
        var lines = CaseCsv.Of(SomeReport.Of() with { Raters = ["a", "b", "c"], Failed = [new("case99", "no mask")] }).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].Split(',').Length, line.Split(',').Length));
    }
}
