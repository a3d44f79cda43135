using MRNet.Imaging.Evaluation.Reports;

namespace MRNet.Imaging.Tests.Evaluation.Reports;

public class SummaryJsonTests
{
    [Fact]
    public void Three_cases_and_a_failure() => Golden.Verify(SummaryJson.Of(SomeReport.Of(new() { Bins = 4 })).ReplaceLineEndings("\n"));
}
