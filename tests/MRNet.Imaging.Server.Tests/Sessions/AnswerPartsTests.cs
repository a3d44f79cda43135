using MRNet.Imaging.Server.Sessions;

namespace MRNet.Imaging.Server.Tests.Sessions;

public class AnswerPartsTests
{
    [Fact]
    public void Slices_that_follow_one_another_are_sent_together() =>
        Assert.Equal([(2, 1), (4, 3), (9, 1)], AnswerParts.Rows([2, 4, 5, 6, 9]));
}
