using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Tests.DataSets;

public class NaturalOrderTests
{
    [Fact]
    public void Numbers_in_names_count_as_numbers() =>
        Assert.Equal(
            ["", "case2", "case02b", "case10", "case10/1", "cases", "slice-9-z", "slice-10-a"],
            new[] { "slice-10-a", "cases", "case10/1", "case02b", "case10", "slice-9-z", "", "case2" }.Order(NaturalOrder.Instance));
}
